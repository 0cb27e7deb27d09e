import Protocol

/// Keeps the model's weights under a name at each epoch's end, or every `save_freq` batches; with `save_best_only`
/// when a figure has improved (keras/src/callbacks/model_checkpoint.py).
///
/// `filepath` is a name with fields of Python's `str.format`: `epoch`, `batch` and the figures of the epoch. Beside
/// Keras's endings it may have `.npz`, which is what is kept whatever the name.
struct ModelCheckpoint: Callback {
    static let className = "ModelCheckpoint"
    static let arguments: [Argument] = [
        .string("filepath"),
        .monitor,
        .verbose,
        .boolean("save_best_only", default: false),
        .boolean("save_weights_only", default: false),
        .mode,
        .saveFrequency,
        .number("initial_value_threshold", default: .null),
    ]

    let configuration: Arguments
    private let template: NameTemplate
    /// Batches between two saves; nil to save at the epochs' ends.
    private let frequency: Int?

    init(_ arguments: Arguments) throws {
        configuration = arguments
        frequency = try arguments.saveFrequency()
        let path = arguments.string("filepath")
        let endings =
            arguments.bool("save_weights_only") ? [".weights.h5", ".npz"] : [".keras", ".h5", ".npz"]
        guard endings.contains(where: path.hasSuffix) else {
            throw ArgumentError("filepath", "filepath ends in \(endings.joined(separator: " or ")).")
        }
        template = try NameTemplate(OutputName.checked(path, of: "filepath"), of: "filepath")
    }

    func makeRun(_ site: CallbackSite) throws -> CallbackRun {
        if frequency == nil {
            try template.check(integers: ["epoch"], numbers: site.epochFigures)
        } else {
            try template.check(integers: ["epoch", "batch"], numbers: ["loss"] + site.metrics)
        }
        return ModelCheckpointRun(
            configuration, try Monitor(configuration, className: Self.className, site), template, frequency)
    }
}

private final class ModelCheckpointRun: CallbackRun {
    private let monitor: Monitor
    private let template: NameTemplate
    private let frequency: Int?
    private let savesBestOnly: Bool
    private let isVerbose: Bool
    private var best: Double?
    private var epoch = 0
    private var batch = 0
    private var batchesSinceSave = 0
    private var hasWarned = false

    init(_ configuration: Arguments, _ monitor: Monitor, _ template: NameTemplate, _ frequency: Int?) {
        self.monitor = monitor
        self.template = template
        self.frequency = frequency
        savesBestOnly = configuration.bool("save_best_only")
        isVerbose = configuration.integer("verbose") > 0
        best = configuration.optionalNumber("initial_value_threshold")
    }

    override var watchesBatches: Bool { frequency != nil }

    override func epochBegan(_ epoch: Int, _ fit: FitControl) {
        self.epoch = epoch
        batch = 0
    }

    override func batchEnded(loss: Double, _ fit: FitControl) {
        guard let frequency else { return }
        batch += 1
        batchesSinceSave += 1
        guard batchesSinceSave >= frequency else { return }
        batchesSinceSave = 0
        save(step: batch, fit.figures, fit)
    }

    override func epochEnded(_ epoch: Int, _ logs: inout Logs, _ fit: FitControl) {
        if frequency == nil { save(step: nil, logs, fit) }
    }

    private func save(step: Int?, _ logs: Logs, _ fit: FitControl) {
        var integers = ["epoch": epoch + 1]
        if let step { integers["batch"] = step }
        let name = template.filled(integers: integers, numbers: logs)
        guard isDue(name, logs, fit) else { return }
        fit.hand(
            .model(
                NamedModel(name: name, epoch: epoch + 1, step: step, logs: logs, weights: fit.namedWeights)))
        if isVerbose { fit.note("Epoch \(epoch + 1): finished saving model to \(name)") }
    }

    /// Whether the model is saved now, which `save_best_only` makes a question.
    private func isDue(_ name: String, _ logs: Logs, _ fit: FitControl) -> Bool {
        let place = "Epoch \(epoch + 1): "
        guard savesBestOnly else {
            if isVerbose { fit.note(place + "saving model to \(name)") }
            return true
        }
        guard case .number(let current)? = logs[monitor.name] else {
            warn("Can save best model only with \(monitor.name) available.", fit)
            return true
        }
        let former = best.map(Self.figure) ?? "None"
        guard monitor.isImprovement(current, over: best) else {
            if isVerbose { fit.note(place + "\(monitor.name) did not improve from \(former)") }
            return false
        }
        if isVerbose {
            fit.note(
                place
                    + "\(monitor.name) improved from \(former) to \(Self.figure(current)), saving model to \(name)"
            )
        }
        best = current
        return true
    }

    private func warn(_ text: String, _ fit: FitControl) {
        if !hasWarned { fit.note(text) }
        hasWarned = true
    }

    private static func figure(_ value: Double) -> String {
        FormatSpecification(".5f")?.string(value) ?? "\(value)"
    }

    override var memory: CallbackMemory {
        get {
            var memory = CallbackMemory()
            memory.values = [
                "best": JSONValue(best), "batches": JSONValue(batchesSinceSave), "epoch": JSONValue(epoch),
                "batch": JSONValue(batch), "warned": .bool(hasWarned),
            ]
            return memory
        }
        set {
            best = newValue.number("best")
            batchesSinceSave = newValue.integer("batches")
            epoch = newValue.integer("epoch")
            batch = newValue.integer("batch")
            hasWarned = newValue.values["warned"]?.bool ?? false
        }
    }
}

extension Argument {
    /// `save_freq`: `"epoch"`, or a number of batches.
    static let saveFrequency = Argument("save_freq", .value, default: "epoch")
}

extension Arguments {
    /// The batches of `save_freq`; nil for `"epoch"`.
    func saveFrequency() throws(ArgumentError) -> Int? {
        let written = config["save_freq"] ?? "epoch"
        if written == "epoch" { return nil }
        guard let batches = written.integer, written.string == nil, batches >= 1 else {
            throw ArgumentError(
                "save_freq", "save_freq is \"epoch\" or a number of batches from 1, not \(written.brief).")
        }
        return batches
    }
}
