import Synchronization

/// What a function gave for the last few inputs, for one that always gives the same for the same.
final class Recent<Input: Equatable & Sendable, Output: Sendable>: Sendable {
    private let limit: Int
    /// The newest last.
    private let entries = Mutex<[(input: Input, output: Output)]>([])

    /// - Parameter limit: How many are kept.
    init(limit: Int) { self.limit = limit }

    /// The output for an input, made unless it is known.
    /// - Parameter isKept: Whether an output is small enough to be kept.
    func output<Failure: Error>(
        for input: Input, isKept: (Output) -> Bool = { _ in true },
        make: () throws(Failure) -> Output
    ) throws(Failure) -> Output {
        if let known = known(input) { return known }
        let output = try make()
        guard isKept(output) else { return output }
        entries.withLock { entries in
            if entries.count >= limit { entries.removeFirst() }
            entries.append((input, output))
        }
        return output
    }

    private func known(_ input: Input) -> Output? {
        entries.withLock { entries in
            guard let index = entries.lastIndex(where: { $0.input == input }) else { return nil }
            let entry = entries.remove(at: index)
            entries.append(entry)
            return entry.output
        }
    }
}
