import Protocol

/// Lowers the learning rate when a figure has not improved for `patience` epochs, and logs the rate
/// (keras/src/callbacks/reduce_lr_on_plateau.py).
struct ReduceLROnPlateau: Callback {
    static let className = "ReduceLROnPlateau"
    static let arguments: [Argument] = [
        .monitor,
        .number("factor", default: 0.1),
        .integer("patience", in: 0...Int(Int32.max), default: 10),
        .verbose,
        .mode,
        .number("min_delta", default: 1e-4, aliases: ["epsilon"]),
        .integer("cooldown", in: 0...Int(Int32.max), default: 0),
        .number("min_lr", default: 0.0),
    ]

    let configuration: Arguments

    init(_ arguments: Arguments) throws {
        configuration = arguments
        guard arguments.number("factor") < 1 else {
            throw ArgumentError("factor", "factor is below 1, so that the learning rate becomes smaller.")
        }
    }

    static let addedFigures = ["learning_rate"]

    func makeRun(_ site: CallbackSite) throws -> CallbackRun {
        guard !site.hasSchedule else {
            throw ArgumentError(
                nil, "\(Self.className) cannot change the learning rate, which is a schedule.")
        }
        return ReduceLROnPlateauRun(
            configuration, try Monitor(configuration, className: Self.className, site))
    }
}

private final class ReduceLROnPlateauRun: CallbackRun {
    private let monitor: Monitor
    private let factor: Double
    private let minimum: Double
    private let patience: Int
    private let cooldown: Int
    private let isVerbose: Bool
    private var wait = 0
    private var epochsToCool = 0
    private var best: Double?

    init(_ configuration: Arguments, _ monitor: Monitor) {
        self.monitor = monitor
        factor = configuration.number("factor")
        minimum = configuration.number("min_lr")
        patience = configuration.integer("patience")
        cooldown = configuration.integer("cooldown")
        isVerbose = configuration.integer("verbose") > 0
    }

    override func epochEnded(_ epoch: Int, _ logs: inout Logs, _ fit: FitControl) {
        logs["learning_rate"] = .number(Double(fit.currentLearningRate))
        guard let current = monitor.value(in: logs, fit, doing: "Learning rate reduction") else { return }
        if epochsToCool > 0 {
            epochsToCool -= 1
            wait = 0
        }
        if monitor.isImprovement(current, over: best) {
            best = current
            wait = 0
        } else if epochsToCool == 0 {
            wait += 1
            if wait >= patience { reduce(epoch, fit) }
        }
    }

    private func reduce(_ epoch: Int, _ fit: FitControl) {
        guard let rate = fit.learningRate, rate > Float(minimum) else { return }
        let lower = max(Double(rate) * factor, minimum)
        fit.learningRate = Float(lower)
        if isVerbose {
            fit.note("Epoch \(epoch + 1): ReduceLROnPlateau reducing learning rate to \(lower).")
        }
        epochsToCool = cooldown
        wait = 0
    }

    override var memory: CallbackMemory {
        get {
            var memory = CallbackMemory()
            memory.values = [
                "wait": JSONValue(wait), "cooldown_counter": JSONValue(epochsToCool), "best": JSONValue(best),
            ]
            return memory
        }
        set {
            wait = newValue.integer("wait")
            epochsToCool = newValue.integer("cooldown_counter")
            best = newValue.number("best")
        }
    }
}
