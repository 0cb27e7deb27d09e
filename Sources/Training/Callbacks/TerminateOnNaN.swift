import Protocol

/// Ends a fit when the loss is no longer finite (keras/src/callbacks/terminate_on_nan.py).
struct TerminateOnNaN: Callback {
    static let className = "TerminateOnNaN"
    static let aliases = ["terminate_on_nan"]
    static let arguments: [Argument] = [.boolean("raise_error", default: false)]

    let configuration: Arguments

    init(_ arguments: Arguments) throws {
        configuration = arguments
        guard !arguments.bool("raise_error") else {
            throw ArgumentError(
                "raise_error", "raise_error is false: the fit ends, and what it learnt is kept.")
        }
    }

    func makeRun(_ site: CallbackSite) -> CallbackRun { TerminateOnNaNRun() }
}

private final class TerminateOnNaNRun: CallbackRun {
    private var batch = 0

    override var watchesBatches: Bool { true }

    override func epochBegan(_ epoch: Int, _ fit: FitControl) { batch = 0 }

    override func batchEnded(loss: Double, _ fit: FitControl) {
        if !loss.isFinite {
            fit.note("Batch \(batch): Invalid loss, terminating training")
            fit.stopsTraining = true
        }
        batch += 1
    }

    override var memory: CallbackMemory {
        get {
            var memory = CallbackMemory()
            memory.values = ["batch": JSONValue(batch)]
            return memory
        }
        set { batch = newValue.integer("batch") }
    }
}
