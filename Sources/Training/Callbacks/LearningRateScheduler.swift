import Protocol

/// Sets the learning rate before each epoch, and logs it (keras/src/callbacks/learning_rate_scheduler.py).
///
/// The schedule is an expression of `epoch`, counted from 0, and `lr`, the rate of the epoch before:
/// `lr if epoch < 10 else lr * math.exp(-0.1)`.
struct LearningRateScheduler: Callback {
    static let className = "LearningRateScheduler"
    static let arguments: [Argument] = [Argument("schedule", .value), .verbose]

    let configuration: Arguments
    private let schedule: Expression

    init(_ arguments: Arguments) throws {
        configuration = arguments
        let written = arguments.config["schedule"] ?? .null
        guard let text = written.string ?? written["expression"]?.string else {
            throw ArgumentError(
                "schedule",
                "schedule is an expression of epoch and lr, such as \"lr * 0.9\", not \(written.brief).")
        }
        do {
            schedule = try Expression(parsing: text)
            _ = try Self.rate(schedule, epoch: 0, rate: 0.01)
        } catch let problem as Problem {
            throw ArgumentError("schedule", problem.detail)
        }
    }

    static let addedFigures = ["learning_rate"]

    func makeRun(_ site: CallbackSite) throws -> CallbackRun {
        guard !site.hasSchedule else {
            throw ArgumentError(
                nil, "\(Self.className) cannot set the learning rate, which is a schedule already.")
        }
        return LearningRateSchedulerRun(schedule, isVerbose: configuration.integer("verbose") > 0)
    }

    static func rate(_ schedule: Expression, epoch: Int, rate: Double) throws -> Double {
        try schedule.evaluate([
            "epoch": .integer(epoch), "lr": .float(rate), "learning_rate": .float(rate),
        ])
    }
}

private final class LearningRateSchedulerRun: CallbackRun {
    private let schedule: Expression
    private let isVerbose: Bool

    init(_ schedule: Expression, isVerbose: Bool) {
        self.schedule = schedule
        self.isVerbose = isVerbose
    }

    override func epochBegan(_ epoch: Int, _ fit: FitControl) {
        guard let former = fit.learningRate else { return }
        do {
            let rate = try LearningRateScheduler.rate(schedule, epoch: epoch, rate: Double(former))
            fit.learningRate = Float(rate)
            if isVerbose {
                fit.note("Epoch \(epoch + 1): LearningRateScheduler setting learning rate to \(rate).")
            }
        } catch {
            let detail = (error as? Problem)?.detail ?? "it has no value."
            fit.note("Epoch \(epoch + 1): LearningRateScheduler leaves the learning rate as it is: \(detail)")
        }
    }

    override func epochEnded(_ epoch: Int, _ logs: inout Logs, _ fit: FitControl) {
        logs["learning_rate"] = .number(Double(fit.currentLearningRate))
    }
}
