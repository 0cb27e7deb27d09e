import OrderedCollections
import Protocol
import Training

/// The fits that were found good last: the same one, asked for again, is not laid out once more to be checked.
final class CheckedFits: Sendable {
    /// All that decides whether a fit is good: contents never change, and inline arrays stand in the request.
    private struct Key: Equatable, Sendable {
        let definition: JSONValue
        let compilation: JSONValue
        let request: JSONValue
        let datasets: OrderedDictionary<String, DatasetID>

        var isSmall: Bool { definition.isSmall && compilation.isSmall && request.isSmall }
    }

    private let recent = Recent<Key, Bool>(limit: 16)

    /// Checks a fit unless that was done a moment ago.
    /// - Parameters:
    ///   - body: The request.
    ///   - model: The model as it stands.
    ///   - compilation: The options with which it will be compiled.
    ///   - found: The arrays that the request names.
    ///   - check: Throws what is wrong.
    func check(
        _ body: JSONBody, _ model: Model, _ compilation: JSONValue, _ found: FitData,
        _ check: () throws(Problem) -> Void
    ) throws(Problem) {
        let key = Key(
            definition: model.definition, compilation: compilation, request: body.value,
            datasets: found.datasets)
        _ = try recent.output(for: key, isKept: { _ in key.isSmall }) {
            () throws(Problem) in
            try check()
            return true
        }
    }
}
