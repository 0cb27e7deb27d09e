import Protocol

/// What datasets and models may be called: `[A-Za-z0-9][A-Za-z0-9._-]{0,127}`.
public enum Name {
    /// Whether a text may be a name.
    public static func isValid(_ text: some StringProtocol) -> Bool {
        guard let first = text.utf8.first, isAlphanumeric(first), text.utf8.count <= 128 else { return false }
        return text.utf8.allSatisfy { isAlphanumeric($0) || "._-".utf8.contains($0) }
    }

    /// - Throws: 422 that says what a name is made of.
    public static func check(_ text: some StringProtocol) throws(Problem) {
        guard isValid(text) else {
            throw Problem(
                .unprocessable,
                "'\(text.prefix(140))' cannot be a name: use 1 to 128 letters, digits, '.', '_' or '-', the "
                    + "first a letter or digit.")
        }
    }

    private static func isAlphanumeric(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "a")...UInt8(ascii: "z"):
            true
        default: false
        }
    }
}
