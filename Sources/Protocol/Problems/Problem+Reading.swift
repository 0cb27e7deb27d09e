extension Problem {
    /// Reads what `json` writes; nil for anything else.
    public init?(json: JSONValue) {
        guard let kind = json["status"]?.integer.flatMap(Kind.init), let detail = json["detail"]?.string
        else {
            return nil
        }
        let faults = (json["errors"]?.array ?? []).compactMap { fault -> Fault? in
            guard let pointer = fault["pointer"]?.string, let detail = fault["detail"]?.string else {
                return nil
            }
            return Fault(JSONPointer(parsing: pointer), detail)
        }
        self.init(kind, detail, errors: faults)
    }
}

extension JSONPointer {
    /// Reads the text form of a pointer; what stands before the first slash is passed over.
    init(parsing text: String) {
        self = text.split(separator: "/", omittingEmptySubsequences: false).dropFirst().reduce(.root) {
            $0.appending(String($1).replacing("~1", with: "/").replacing("~0", with: "~"))
        }
    }
}
