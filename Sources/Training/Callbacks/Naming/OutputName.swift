/// What a callback calls what it makes: names with slashes between them, like `logs/train`. It is looked up, and
/// never becomes a path on the server.
enum OutputName {
    /// The name that an argument is, without a leading `./`; throws what has no place in one.
    static func checked(_ text: String, of argument: String) throws(ArgumentError) -> String {
        var name = text[...]
        while name.hasPrefix("./") { name = name.dropFirst(2) }
        guard !name.hasPrefix("/") else {
            throw ArgumentError(
                argument,
                "'\(text.prefix(80))' is a path on a machine; what is saved is kept with the job. Give a name, such "
                    + "as '\(name.split(separator: "/").last?.prefix(80) ?? "name")'.")
        }
        let parts = name.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.allSatisfy({ !$0.isEmpty && $0 != "." && $0 != ".." }) else {
            throw ArgumentError(
                argument, "'\(text.prefix(80))' cannot be a name: no part of it is empty, '.' or '..'.")
        }
        guard name.utf8.count <= 255,
            name.unicodeScalars.allSatisfy({ $0.properties.generalCategory != .control && $0 != "\\" })
        else {
            throw ArgumentError(
                argument,
                "'\(text.prefix(80))' cannot be a name: use at most 255 bytes, without controls and backslashes."
            )
        }
        return String(name)
    }
}
