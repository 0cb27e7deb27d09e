/// A place in a JSON document, written as RFC 6901 has it: `/layers/0/config/units`.
public struct JSONPointer: Sendable, Hashable, CustomStringConvertible {
    /// The escaped text; empty for the whole document.
    public let description: String

    /// The whole document.
    public static let root = JSONPointer(description: "")

    private init(description: String) { self.description = description }

    /// The place of a member of the object here.
    public func appending(_ key: String) -> JSONPointer {
        var escaped = ""
        for character in key {
            switch character {
            case "~": escaped += "~0"
            case "/": escaped += "~1"
            default: escaped.append(character)
            }
        }
        return JSONPointer(description: "\(description)/\(escaped)")
    }

    /// The place of an element of the array here.
    public func appending(_ index: Int) -> JSONPointer {
        JSONPointer(description: "\(description)/\(index)")
    }
}
