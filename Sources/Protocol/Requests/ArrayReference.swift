/// An array that a request names or brings along.
public enum ArrayReference: Sendable, Hashable {
    /// A dataset's array; its only one when `array` is nil.
    case dataset(String, array: String?)
    /// Nested lists of numbers, in the body itself.
    case inline(JSONValue)

    /// Reads `"dataset"`, `"dataset/array"` or nested lists; notes what is wrong and gives nil.
    public init?(reading value: JSONValue, at place: JSONPointer, faults: Faults) {
        switch value {
        case .string(let text):
            let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
            guard parts.count <= 2, parts.allSatisfy({ !$0.isEmpty }), text.utf8.count <= 512 else {
                faults.add(place, "An array is named \"dataset\" or \"dataset/array\", not \(value.brief).")
                return nil
            }
            self = .dataset(String(parts[0]), array: parts.count == 2 ? String(parts[1]) : nil)
        case .array: self = .inline(value)
        default:
            faults.add(
                place, "An array is \"dataset\", \"dataset/array\" or a list of numbers, not \(value.brief).")
            return nil
        }
    }
}
