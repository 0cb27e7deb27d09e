import Protocol

extension ExpressionFunction {
    /// The functions of `keras.ops`, and those that only the older backend has.
    private static let modern = table(
        legacy + olderFilling + common + filling
    )

    /// The functions as `K` has them.
    private static let older = table(
        common + filling + legacy + olderFilling
    )

    private static let common =
        elementwise + pairwise + adjustable + plain + reductions + activations + losses + rearranging
        + extents

    /// The prefixes under which functions are called, and whether the older backend is meant.
    static let prefixes: [String: Bool] = [
        "": false, "ops": false, "keras.ops": false, "np": false, "numpy": false, "math": false,
        "K": true, "backend": true, "keras.backend": true,
    ]

    private static func table(_ functions: [ExpressionFunction]) -> [String: ExpressionFunction] {
        Dictionary(functions.map { ($0.name, $0) }, uniquingKeysWith: { _, last in last })
    }

    /// The prefix and the last part of a dotted name.
    static func split(_ name: String) -> (prefix: String, name: String) {
        guard let dot = name.lastIndex(of: ".") else { return ("", name) }
        return (String(name[..<dot]), String(name[name.index(after: dot)...]))
    }

    /// Whether a dotted name is a function's.
    static func isKnown(_ name: String) -> Bool {
        let parts = split(name)
        return prefixes[parts.prefix] != nil && modern[parts.name] != nil
    }

    /// The function of a dotted name.
    static func named(_ name: String) throws -> ExpressionFunction {
        let parts = split(name)
        guard let isOlder = prefixes[parts.prefix] else {
            let advice =
                modern[parts.name] != nil
                ? "write \(parts.name)(…) or K.\(parts.name)(…)"
                : "functions are called as K.mean(x), ops.mean(x) or mean(x)"
            throw ExpressionFault("the prefix '\(parts.prefix.prefix(40))' is not known; \(advice)")
        }
        if let function = (isOlder ? older : modern)[parts.name] { return function }
        let prefix = parts.prefix.isEmpty ? "" : "\(parts.prefix)."
        let near = Suggestion.nearest(to: parts.name, among: names)
        throw ExpressionFault(
            "there is no function '\(name.prefix(60))'"
                + (near.map { "; did you mean '\(prefix)\($0)'?" }
                    ?? "; those of keras.ops on elements, axes and shapes are known"))
    }

    /// The names of all functions, in order, without prefix.
    static var names: [String] { modern.keys.sorted() }
}
