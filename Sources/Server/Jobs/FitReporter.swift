import OrderedCollections
import Protocol
import Training

/// Hands on what a fit tells: to its job's events, to those who poll, and to its checkpoints.
final class FitReporter: FitObserver {
    private let context: JobContext
    private let samples: SampleCounter
    private let batchSize: Int
    private let reports: ReportSender
    private var notes: [String] = []
    private var failure: Problem?

    init(_ context: JobContext, samples: SampleCounter, batchSize: Int, reports: ReportSender) {
        self.context = context
        self.reports = reports
        self.samples = samples
        self.batchSize = batchSize
    }

    /// Throws what went wrong with an event: a fit of which nobody can be told ends.
    func check() throws(Problem) {
        if let failure { throw failure }
    }

    func epochBegan(_ epoch: Int, step: Int) {
        attempt { () throws(Problem) in try context.beginEpoch(epoch + 1, step: step, notes: notes) }
        notes = []
    }

    func progressed(_ progress: FitProgress) {
        let figures = progress.logs.sorted { $0.key < $1.key }.map(\.value.scalar)
        figures.withUnsafeBufferPointer { figures in
            attempt { () throws(Problem) in try context.endBatch(progress.step, logs: figures) }
        }
    }

    func checkpointIsDue(epoch: Int, step: Int, checkpoint: () -> FitCheckpoint) {
        // Of a model that takes the disk longer than the interval, no copies pile up.
        guard failure == nil, context.stop.request == .pause || context.checkpoints.isIdle else { return }
        let checkpoint = checkpoint().withoutHistory
        context.saveCheckpoint(epoch: epoch + 1, step: step) { try checkpoint.archived() }
    }

    func epochEnded(_ epoch: EndedEpoch, checkpoint: () -> FitCheckpoint) {
        samples.add(epoch.steps * batchSize, seconds: epoch.seconds)
        notes += reports.takeNotes() + context.checkpoints.takeNotes()
        attempt { () throws(Problem) in
            try context.endEpoch(
                epoch.epoch + 1, logs: epoch.logs.inKerasOrder, seconds: epoch.seconds, notes: notes)
        }
        notes = []
        // From an epoch that its event does not tell, no fit goes on, and behind the last one the result is stored.
        guard failure == nil, !epoch.isLast else { return }
        let checkpoint = checkpoint().withoutHistory
        context.saveCheckpoint(epoch: epoch.epoch + 1) { try checkpoint.archived() }
    }

    func noted(_ text: String) { notes.append(text) }

    func handed(_ output: FitOutput) {
        attempt { () throws(Problem) in
            switch output {
            case .model(let model): try context.checkpoints.keep(model)
            case .file(let part): try context.checkpoints.keep(part)
            case .report(let report): reports.send(report)
            }
        }
    }

    /// Waits until what the fit has made is on the disk.
    /// - Returns: What callbacks have said since the last epoch.
    func finish() throws(Problem) -> [String] {
        try check()
        try context.checkpoints.finish()
        return notes + reports.takeNotes() + context.checkpoints.takeNotes()
    }

    private func attempt(_ body: () throws(Problem) -> Void) {
        guard failure == nil else { return }
        do throws(Problem) {
            try body()
        } catch {
            failure = error
            context.stop.signal.send(.cancel)
        }
    }
}

extension OrderedDictionary<String, MetricValue> {
    /// As Keras lists them: the figures of training by name, then those of validation by name, then what
    /// callbacks have added.
    var inKerasOrder: JSONObject {
        let validated = keys.filter { $0.hasPrefix("val_") }
        let names = Set(validated.map { String($0.dropFirst(4)) })
        let isTrained = { (name: String) in
            validated.isEmpty ? name != "learning_rate" : names.contains(name)
        }
        let trained = keys.filter { !$0.hasPrefix("val_") && isTrained($0) }
        let rest = keys.filter { !$0.hasPrefix("val_") && !isTrained($0) }
        var ordered: JSONObject = [:]
        for name in trained.sorted() + validated.sorted() + rest { ordered[name] = self[name]?.json }
        return ordered
    }
}
