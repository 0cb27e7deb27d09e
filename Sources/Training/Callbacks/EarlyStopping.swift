import Protocol

/// Ends a fit when a figure has not improved for `patience` epochs (keras/src/callbacks/early_stopping.py).
struct EarlyStopping: Callback {
    static let className = "EarlyStopping"
    static let arguments: [Argument] = [
        .monitor,
        .number("min_delta", default: 0),
        .integer("patience", in: 0...Int(Int32.max), default: 0),
        .verbose,
        .mode,
        .number("baseline", default: .null),
        .boolean("restore_best_weights", default: false),
        .integer("start_from_epoch", in: 0...Int(Int32.max), default: 0),
    ]

    let configuration: Arguments

    init(_ arguments: Arguments) { configuration = arguments }

    func makeRun(_ site: CallbackSite) throws -> CallbackRun {
        EarlyStoppingRun(
            configuration, try Monitor(configuration, className: Self.className, site))
    }
}

private final class EarlyStoppingRun: CallbackRun {
    private let monitor: Monitor
    private let patience: Int
    private let startEpoch: Int
    private let baseline: Double?
    private let restoresBest: Bool
    private let isVerbose: Bool
    private var wait = 0
    private var stoppedEpoch = 0
    private var best: Double?
    private var bestEpoch = 0
    private var bestWeights: [[Float]] = []

    init(_ configuration: Arguments, _ monitor: Monitor) {
        self.monitor = monitor
        patience = configuration.integer("patience")
        startEpoch = configuration.integer("start_from_epoch")
        baseline = configuration.optionalNumber("baseline")
        restoresBest = configuration.bool("restore_best_weights")
        isVerbose = configuration.integer("verbose") > 0
    }

    override func epochEnded(_ epoch: Int, _ logs: inout Logs, _ fit: FitControl) {
        guard let current = monitor.value(in: logs, fit, doing: "Early stopping"), epoch >= startEpoch else {
            return
        }
        if restoresBest, bestWeights.isEmpty { keep(epoch, fit) }
        wait += 1
        if monitor.isImprovement(current, over: best) {
            best = current
            keep(epoch, fit)
            if baseline == nil || monitor.isImprovement(current, over: baseline) { wait = 0 }
        } else if wait >= patience, epoch > 0 {
            stoppedEpoch = epoch
            fit.stopsTraining = true
        }
    }

    private func keep(_ epoch: Int, _ fit: FitControl) {
        bestEpoch = epoch
        if restoresBest { bestWeights = fit.weights }
    }

    override func trainEnded(_ fit: FitControl) {
        if stoppedEpoch > 0, isVerbose { fit.note("Epoch \(stoppedEpoch + 1): early stopping") }
        guard restoresBest, !bestWeights.isEmpty else { return }
        if isVerbose {
            fit.note("Restoring model weights from the end of the best epoch: \(bestEpoch + 1).")
        }
        fit.weights = bestWeights
    }

    override var memory: CallbackMemory {
        get {
            var memory = CallbackMemory()
            memory.values = [
                "wait": JSONValue(wait), "stopped_epoch": JSONValue(stoppedEpoch), "best": JSONValue(best),
                "best_epoch": JSONValue(bestEpoch),
            ]
            memory.weights = bestWeights
            return memory
        }
        set {
            wait = newValue.integer("wait")
            stoppedEpoch = newValue.integer("stopped_epoch")
            best = newValue.number("best")
            bestEpoch = newValue.integer("best_epoch")
            bestWeights = newValue.weights
        }
    }
}
