import Protocol

/// The arguments of Keras's `compile`, read and checked.
public struct Compilation: Sendable {
    let optimizer: any Optimizer
    let loss: LossChoice?
    let metrics: [MetricChoice]
    let weightedMetrics: [MetricChoice]
    /// The arguments as they were given, for the model's description and its store.
    public let json: JSONValue

    /// Reads Keras's arguments; throws a problem that lists every fault.
    public init(reading json: JSONValue) throws(Problem) {
        guard let object = json.object else {
            throw .fault(.root, "compile takes an object with optimizer, loss and metrics, not \(json.kind).")
        }
        let faults = Faults()
        let known = ["optimizer", "loss", "metrics", "weighted_metrics"]
        let withoutEffect = [
            "run_eagerly", "jit_compile", "steps_per_execution", "auto_scale_loss", "loss_weights",
        ]
        for (key, value) in object where !known.contains(key) {
            if withoutEffect.contains(key), key != "loss_weights" || value.isNull { continue }
            faults.add(
                JSONPointer.root.appending(key),
                "compile has no argument '\(key.prefix(80))'. \(Suggestion.sentence(for: key, among: known))")
        }
        let optimizer = Registry.optimizers.read(
            object["optimizer"] ?? "rmsprop", at: JSONPointer.root.appending("optimizer"), faults: faults)
        loss = object["loss"].flatMap { value in
            value.isNull
                ? nil : LossChoice(reading: value, at: JSONPointer.root.appending("loss"), faults: faults)
        }
        var names = Naming.Automatic(taken: [])
        metrics = Self.readMetrics(
            object["metrics"], at: JSONPointer.root.appending("metrics"), &names, faults: faults)
        weightedMetrics = Self.readMetrics(
            object["weighted_metrics"], at: JSONPointer.root.appending("weighted_metrics"), &names,
            faults: faults)
        try faults.check()
        guard let optimizer else { throw .fault(.root, "compile needs an optimizer.") }
        self.optimizer = optimizer
        self.json = json
    }

    private static func readMetrics(
        _ value: JSONValue?, at place: JSONPointer, _ names: inout Naming.Automatic, faults: Faults
    ) -> [MetricChoice] {
        guard let value, !value.isNull else { return [] }
        guard let items = value.array else {
            return MetricChoice(reading: value, at: place, &names, faults: faults).map { [$0] } ?? []
        }
        guard items.count <= 100 else {
            faults.add(place, "At most 100 metrics are gathered, not \(items.count).")
            return []
        }
        return items.enumerated().compactMap { index, item in
            MetricChoice(reading: item, at: place.appending(index), &names, faults: faults)
        }
    }
}

/// A loss, or the word that stands for one until the shapes are known.
enum LossChoice: Sendable {
    case loss(any Loss)
    /// `crossentropy`: binary, sparse or categorical by the shapes.
    case crossentropy

    init?(reading value: JSONValue, at place: JSONPointer, faults: Faults) {
        if let name = value.string?.lowercased(), ["crossentropy", "ce"].contains(name) {
            self = .crossentropy
            return
        }
        let read = UserExpression.isOne(value) ? ExpressionLoss.read : Registry.losses.read
        guard let loss = read(value, place, faults) else { return nil }
        self = .loss(loss)
    }

    /// The loss for targets and predictions of these shapes.
    func resolved(target: [Int], prediction: [Int]) throws -> any Loss {
        switch self {
        case .loss(let loss): loss
        case .crossentropy:
            switch LabelKind(target: target, prediction: prediction) {
            case .binary: try BinaryCrossentropy.withDefaults()
            case .sparse: try SparseCategoricalCrossentropy.withDefaults()
            case .categorical: try CategoricalCrossentropy.withDefaults()
            }
        }
    }
}

/// A metric, or the word that stands for one until the shapes are known.
enum MetricChoice: Sendable {
    /// A metric and the name under which it is logged.
    case metric(any Metric, name: String)
    /// `accuracy` or `acc`: binary, sparse or categorical by the shapes.
    case accuracy(name: String)
    /// `crossentropy` or `ce`, likewise.
    case crossentropy(name: String)

    /// Reads a name, an object or an expression; `names` counts the objects that Keras names by a count.
    init?(
        reading value: JSONValue, at place: JSONPointer, _ names: inout Naming.Automatic, faults: Faults
    ) {
        if let name = value.string {
            switch name.lowercased() {
            case "accuracy", "acc":
                self = .accuracy(name: name)
                return
            case "crossentropy", "ce":
                self = .crossentropy(name: name)
                return
            default: break
            }
        }
        let read = UserExpression.isOne(value) ? ExpressionMetric.read : Registry.metrics.read
        guard let metric = read(value, place, faults) else { return nil }
        let isCounted =
            (value["config"]?["name"] ?? .null).isNull
            && Self.countedClasses.contains(type(of: metric).className)
        self = .metric(metric, name: value.string ?? (isCounted ? names.next(metric.name) : metric.name))
    }

    /// The classes whose objects without a name are `auc`, `auc_1` and so on, in the order in which they are made
    /// (`auto_name` in keras/src/utils/naming.py); all others have a name of their own.
    private static let countedClasses: Set<String> = [
        "AUC", "BinaryIoU", "FalseNegatives", "FalsePositives", "IoU", "MeanIoU", "OneHotIoU",
        "OneHotMeanIoU", "Precision", "PrecisionAtRecall", "Recall", "RecallAtPrecision",
        "SensitivityAtSpecificity",
        "SpecificityAtSensitivity", "TrueNegatives", "TruePositives",
    ]

    /// The metric for targets and predictions of these shapes, and its name in logs.
    func resolved(target: [Int], prediction: [Int]) throws -> (metric: any Metric, name: String) {
        let kind = LabelKind(target: target, prediction: prediction)
        switch self {
        case .metric(let metric, let name): return (metric, name)
        case .accuracy(let name):
            switch kind {
            case .binary: return (try BinaryAccuracy.withDefaults(), name)
            case .sparse: return (try SparseCategoricalAccuracy.withDefaults(), name)
            case .categorical: return (try CategoricalAccuracy.withDefaults(), name)
            }
        case .crossentropy(let name):
            switch kind {
            case .binary: return (try BinaryCrossentropyMetric.withDefaults(), name)
            case .sparse: return (try SparseCategoricalCrossentropyMetric.withDefaults(), name)
            case .categorical: return (try CategoricalCrossentropyMetric.withDefaults(), name)
            }
        }
    }
}

/// What labels are, told from shapes (`is_binary_or_sparse_categorical` in keras/src/trainers/compile_utils.py).
enum LabelKind {
    case binary, sparse, categorical

    init(target: [Int], prediction: [Int]) {
        if prediction.last == 1 {
            self = .binary
        } else if target.count < prediction.count || (target.last == 1 && (prediction.last ?? 0) > 1) {
            self = .sparse
        } else {
            self = .categorical
        }
    }
}
