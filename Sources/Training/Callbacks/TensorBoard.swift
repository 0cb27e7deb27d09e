import Protocol

/// Writes event files for TensorBoard, kept with the job under `log_dir`: figures of epochs and batches, the learning
/// rate, the model, and histograms of the weights (keras/src/callbacks/tensorboard.py).
///
/// As in Keras, an `update_freq` of batches decides over all records: what falls on another batch is left out, figures
/// of an epoch too. Images, embeddings and profiles are not written.
struct TensorBoard: Callback {
    static let className = "TensorBoard"
    static let aliases = ["tensorboard"]
    static let arguments: [Argument] = [
        .string("log_dir", default: "logs"),
        .integer("histogram_freq", in: 0...Int(Int32.max), default: 0),
        .boolean("write_graph", default: true),
        .boolean("write_images", default: false),
        .boolean("write_steps_per_second", default: false),
        Argument("update_freq", .value, default: "epoch"),
        Argument("profile_batch", .value, default: 0),
        .integer("embeddings_freq", in: 0...Int(Int32.max), default: 0),
        Argument("embeddings_metadata", .value, default: .null),
    ]

    let configuration: Arguments
    private let folder: String
    /// Batches between two records; nil to write at the epochs' ends.
    private let frequency: Int?

    init(_ arguments: Arguments) throws {
        configuration = arguments
        var path = arguments.string("log_dir")
        while path.count > 1, path.hasSuffix("/") { path.removeLast() }
        folder = try OutputName.checked(path, of: "log_dir")
        _ = try OutputName.checked(Self.file(in: "validation", of: folder), of: "log_dir")
        frequency = try Self.frequency(arguments)
        try Self.checkWhatIsLeftOut(arguments)
    }

    private static func file(in run: String, of folder: String) -> String {
        // Without a time in it, so that a fit that begins anew after a crash writes the same file.
        "\(folder)/\(run)/events.out.tfevents.fitd.v2"
    }

    private static func frequency(_ arguments: Arguments) throws(ArgumentError) -> Int? {
        let written = arguments.config["update_freq"] ?? "epoch"
        if written == "epoch" { return nil }
        if written == "batch" { return 1 }
        guard let batches = written.integer, written.string == nil, batches >= 1 else {
            throw ArgumentError(
                "update_freq",
                "update_freq is \"epoch\", \"batch\" or a number of batches from 1, not \(written.brief).")
        }
        return batches
    }

    private static func checkWhatIsLeftOut(_ arguments: Arguments) throws(ArgumentError) {
        if arguments.bool("write_images") {
            throw ArgumentError(
                "write_images", "write_images is false: weights are written as histograms alone.")
        }
        let profiled = arguments.config["profile_batch"] ?? 0
        guard [0, "0", [0, 0], false].contains(profiled) else {
            throw ArgumentError("profile_batch", "profile_batch is 0: nothing is profiled here.")
        }
        if arguments.integer("embeddings_freq") > 0 {
            throw ArgumentError("embeddings_freq", "embeddings_freq is 0: embeddings are not written.")
        }
        if arguments.has("embeddings_metadata") {
            throw ArgumentError(
                "embeddings_metadata", "embeddings_metadata is null: embeddings are not written.")
        }
    }

    var outputNames: [String] { ["train", "validation"].map { Self.file(in: $0, of: folder) } }

    func makeRun(_ site: CallbackSite) -> CallbackRun {
        TensorBoardRun(
            configuration, train: OutputFile(Self.file(in: "train", of: folder), .events),
            validation: OutputFile(Self.file(in: "validation", of: folder), .events), frequency)
    }
}

private final class TensorBoardRun: CallbackRun {
    private var train: OutputFile
    private var validation: OutputFile
    private let frequency: Int?
    private let histogramFrequency: Int
    private let writesModel: Bool
    private let writesPace: Bool
    /// Batches of training and of validation since the fit began.
    private var batches = 0
    private var validationBatches = 0
    private var epochStart = (seconds: 0.0, iterations: 0)
    private var batchStart = 0.0

    init(_ configuration: Arguments, train: OutputFile, validation: OutputFile, _ frequency: Int?) {
        self.train = train
        self.validation = validation
        self.frequency = frequency
        histogramFrequency = configuration.integer("histogram_freq")
        writesModel = configuration.bool("write_graph")
        writesPace = configuration.bool("write_steps_per_second")
    }

    override func trainBegan(_ fit: FitControl) {
        write([.version(time: Clock.time)], to: &train, fit)
        if writesModel { write([.model(fit.modelConfig, time: Clock.time)], to: &train, fit) }
    }

    override func epochBegan(_ epoch: Int, _ fit: FitControl) {
        epochStart = (Clock.seconds, fit.iterations)
        batchStart = epochStart.seconds
    }

    override var watchesBatches: Bool { frequency != nil }

    override func batchEnded(loss: Double, _ fit: FitControl) {
        batches += 1
        let seconds = Clock.seconds
        defer { batchStart = seconds }
        guard isDue(batches) else { return }
        var figures: Logs = [:]
        if writesPace { figures["steps_per_second"] = .number(1 / max(seconds - batchStart, 1e-9)) }
        figures.merge(fit.figures) { $1 }
        write(Self.scalars(figures, step: batches) { "batch_\($0)" }, to: &train, fit)
    }

    override func testBegan(_ fit: FitControl) {
        if validation.length == 0 { write([.version(time: Clock.time)], to: &validation, fit) }
    }

    override func testEnded(_ fit: FitControl) { validationBatches += fit.validationBatches }

    override func epochEnded(_ epoch: Int, _ logs: inout Logs, _ fit: FitControl) {
        let validated = Logs(
            uniqueKeysWithValues: logs.filter { $0.key.hasPrefix("val_") }
                .map { (String($0.key.dropFirst(4)), $0.value) })
        if !validated.isEmpty, isDue(validationBatches) {
            write(
                Self.scalars(validated, step: fit.iterations) { "evaluation_\($0)_vs_iterations" },
                to: &validation, fit)
        }
        guard isDue(batches) else { return }
        var trained = logs.filter { !$0.key.hasPrefix("val_") }
        trained["learning_rate"] = .number(Double(fit.currentLearningRate))
        if writesPace {
            let steps = Double(fit.iterations - epochStart.iterations)
            trained["steps_per_second"] = .number(steps / max(Clock.seconds - epochStart.seconds, 1e-9))
        }
        write(Self.scalars(trained, step: epoch) { "epoch_\($0)" }, to: &train, fit)
        if !validated.isEmpty {
            write(Self.scalars(validated, step: epoch) { "epoch_\($0)" }, to: &validation, fit)
        }
        if histogramFrequency > 0, epoch % histogramFrequency == 0 { writeHistograms(epoch, fit) }
    }

    /// Whether what falls on a batch is recorded.
    private func isDue(_ batch: Int) -> Bool { frequency.map { batch % $0 == 0 } ?? true }

    private func writeHistograms(_ epoch: Int, _ fit: FitControl) {
        let records = fit.namedWeights.map { weight in
            SummaryRecord.histogram(
                "\(fit.modelName)/\(weight.path)/histogram".replacing(":", with: "_"),
                WeightHistogram(weight.values).buckets, step: epoch, time: Clock.time)
        }
        write(records, to: &train, fit)
    }

    /// Figures as records; those that are lists have no scalar, and are left out.
    private static func scalars(
        _ figures: Logs, step: Int, tag: (String) -> String
    ) -> [SummaryRecord] {
        figures.compactMap { name, value in
            guard case .number(let number) = value else { return nil }
            return .scalar(tag(name), Float(number), step: step, time: Clock.time)
        }
    }

    private func write(_ records: [SummaryRecord], to file: inout OutputFile, _ fit: FitControl) {
        file.append(records.flatMap(\.bytes), fit)
    }

    override var memory: CallbackMemory {
        get {
            var memory = CallbackMemory()
            memory.values = [
                "train": JSONValue(train.length), "validation": JSONValue(validation.length),
                "batches": JSONValue(batches), "validation_batches": JSONValue(validationBatches),
                "epoch_iterations": JSONValue(epochStart.iterations),
                "epoch_seconds": .number(Clock.seconds - epochStart.seconds),
            ]
            return memory
        }
        set {
            train.length = newValue.integer("train")
            validation.length = newValue.integer("validation")
            batches = newValue.integer("batches")
            validationBatches = newValue.integer("validation_batches")
            batchStart = Clock.seconds
            epochStart = (
                batchStart - (newValue.number("epoch_seconds") ?? 0), newValue.integer("epoch_iterations")
            )
        }
    }
}
