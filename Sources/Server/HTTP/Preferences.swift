import HTTPTypes

/// What a request prefers (RFC 7240).
public struct Preferences: Sendable, Hashable {
    /// `wait=SECONDS`: how long the client would wait for a final answer.
    public var wait: Int?
    /// `respond-async`: the client would rather be told where to look later.
    public var respondAsync = false

    /// No preference.
    public init() {}

    /// Reads the `Prefer` fields, and `?wait=SECONDS` for hand-typed URLs, which `Prefer` overrides. What
    /// cannot be read is no preference; of a preference given twice the first counts.
    public init(_ request: Request) {
        for item in request.fields[values: .prefer].flatMap({ $0.split(separator: ",") }) {
            let preference = item.prefix { $0 != ";" }
            let parts = preference.split(separator: "=", maxSplits: 1).map { $0.trimmingBlanks() }
            switch parts.first?.lowercased() {
            case "respond-async": respondAsync = true
            case "wait" where wait == nil && parts.count == 2: wait = Self.seconds(parts[1])
            default: break
            }
        }
        wait = wait ?? request.queryValue("wait").flatMap { Self.seconds($0[...]) }
    }

    private static func seconds(_ text: Substring) -> Int? {
        var digits = text
        if digits.count >= 2, digits.first == "\"", digits.last == "\"" {
            digits = digits.dropFirst().dropLast()
        }
        guard digits.utf8.allSatisfy({ $0 >= UInt8(ascii: "0") && $0 <= UInt8(ascii: "9") }) else {
            return nil
        }
        return digits.isEmpty ? nil : Int(digits) ?? .max
    }
}
