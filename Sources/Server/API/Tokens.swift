import HTTPTypes
import Protocol

/// Who may ask, for the operator.
extension API {
    func tokens(_ router: inout Router, _ access: AccessControl?) {
        router.on(.get, "/v1/tokens") { request in
            _ = try request.negotiated([.json])
            let listing = try Listing(request)
            let used = try store.ownedBytes()
            let tokens = (access?.tokens ?? []).sorted { $0.name < $1.name }
                .filter { $0.name > listing.after ?? "" }
            let items = tokens.prefix(listing.limit).map { token in
                token.json.with("stored_bytes", .integer(Int64(used[token.name] ?? 0)))
            }
            let next = tokens.count > listing.limit ? tokens[listing.limit - 1].name : nil
            return try request.answer(
                json: ["items": .array(items), "next": next.map { .string($0) } ?? .null])
        }
    }
}

extension JSONValue {
    /// The object with one member more.
    fileprivate func with(_ name: String, _ value: JSONValue) -> JSONValue {
        var members = object ?? [:]
        members[name] = value
        return .object(members)
    }
}
