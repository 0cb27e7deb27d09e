import DequeModule
import Protocol

/// Which of the waiting work comes next: one model's in the order of its acceptance, one at a time; the
/// models in turns.
struct Schedule<Work: Sendable>: Sendable {
    struct Entry: Sendable {
        let work: Work
        let model: ModelID
        /// Orders what waits for one model.
        let sequence: Int
        /// Runs with nothing beside it.
        let isAlone: Bool
    }

    private struct Line: Sendable {
        var waiting: Deque<Entry> = []
        var isBusy = false
    }

    private var lines: [ModelID: Line] = [:]
    /// Models with waiting work of which none runs, the next one first.
    private var ready: Deque<ModelID> = []
    private var sequence = 0
    private(set) var running = 0
    private var runsAlone = false

    /// Adds work at the end of its model's line.
    mutating func append(_ work: Work, model: ModelID, isAlone: Bool = false) {
        sequence += 1
        insert(Entry(work: work, model: model, sequence: sequence, isAlone: isAlone))
    }

    /// Puts work back where it was.
    mutating func insert(_ entry: Entry) {
        var line = lines[entry.model] ?? Line()
        let index = line.waiting.firstIndex { $0.sequence > entry.sequence } ?? line.waiting.endIndex
        line.waiting.insert(entry, at: index)
        if !line.isBusy && line.waiting.count == 1 { ready.append(entry.model) }
        lines[entry.model] = line
    }

    /// Takes the next work; its model is busy until `finish`.
    mutating func next() -> Entry? {
        guard !runsAlone, let model = ready.first, var line = lines[model], let entry = line.waiting.first,
            !entry.isAlone || running == 0
        else { return nil }
        ready.removeFirst()
        line.waiting.removeFirst()
        line.isBusy = true
        lines[model] = line
        running += 1
        runsAlone = entry.isAlone
        return entry
    }

    /// A model's work is done; the next of its line may come.
    mutating func finish(_ model: ModelID) {
        running -= 1
        runsAlone = false
        guard var line = lines[model] else { return }
        line.isBusy = false
        if line.waiting.isEmpty {
            lines[model] = nil
        } else {
            lines[model] = line
            ready.append(model)
        }
    }

    /// Takes waiting work out of its line.
    mutating func remove(model: ModelID, where isWanted: (Work) -> Bool) -> Entry? {
        guard var line = lines[model], let index = line.waiting.firstIndex(where: { isWanted($0.work) })
        else {
            return nil
        }
        let entry = line.waiting.remove(at: index)
        if line.waiting.isEmpty && !line.isBusy {
            lines[model] = nil
            ready.removeAll { $0 == model }
        } else {
            lines[model] = line
        }
        return entry
    }

    /// The place of waiting work in its line, from 1; nil when it does not wait.
    func position(model: ModelID, where isWanted: (Work) -> Bool) -> Int? {
        lines[model]?.waiting.firstIndex { isWanted($0.work) }.map { $0 + 1 }
    }

    /// Visits all waiting work with its place in its line, from 1.
    func visitWaiting(_ visit: (Work, _ place: Int) -> Void) {
        for line in lines.values {
            for (index, entry) in line.waiting.enumerated() { visit(entry.work, index + 1) }
        }
    }

    /// The models for which something waits or runs.
    var models: [ModelID] { Array(lines.keys) }

    /// How much waits for a model.
    func count(_ model: ModelID) -> Int { lines[model]?.waiting.count ?? 0 }

    /// How much waits in all.
    var waiting: Int { lines.values.reduce(0) { $0 + $1.waiting.count } }

    /// Whether `next` would give something.
    var hasNext: Bool {
        guard !runsAlone, let model = ready.first, let entry = lines[model]?.waiting.first else {
            return false
        }
        return !entry.isAlone || running == 0
    }
}
