import Synchronization

/// What a function gave for the last few inputs, for one that always gives the same for the same.
final class Recent<Input: Equatable & Sendable, Output: Sendable>: Sendable {
    private let entries: Mutex<RecentEntries<Input, Output>>

    /// - Parameter limit: How many are kept.
    init(limit: Int) { entries = Mutex(RecentEntries(limit: limit)) }

    /// The output for an input, made unless it is known.
    /// - Parameter isKept: Whether an output is small enough to be kept.
    func output<Failure: Error>(
        for input: Input, isKept: (Output) -> Bool = { _ in true },
        make: () throws(Failure) -> Output
    ) throws(Failure) -> Output {
        if let known = entries.withLock({ $0.value(of: input) }) { return known }
        let output = try make()
        if isKept(output) { entries.withLock { $0.keep(output, for: input) } }
        return output
    }
}

/// The last few values that were asked for, by keys.
struct RecentEntries<Key: Equatable & Sendable, Value: Sendable>: Sendable {
    private let limit: Int
    /// The newest last.
    private var entries: [(key: Key, value: Value)] = []

    init(limit: Int) { self.limit = limit }

    /// The value of a key, which is the newest from then on.
    mutating func value(of key: Key) -> Value? {
        guard let index = entries.lastIndex(where: { $0.key == key }) else { return nil }
        let entry = entries.remove(at: index)
        entries.append(entry)
        return entry.value
    }

    /// Keeps a value, in place of the one that its key has, or of the oldest.
    mutating func keep(_ value: Value, for key: Key) {
        entries.removeAll { $0.key == key }
        if entries.count >= limit { entries.removeFirst() }
        entries.append((key, value))
    }

    /// Changes the value of a key where it stands.
    mutating func change(_ key: Key, _ change: (inout Value) -> Void) {
        if let index = entries.lastIndex(where: { $0.key == key }) { change(&entries[index].value) }
    }

    /// Forgets values.
    mutating func removeAll(where isGone: (Value) -> Bool) { entries.removeAll { isGone($0.value) } }
}
