import Kernels
import Protocol

/// The mean over some classes of how far labelled and predicted elements overlap, `TP / (TP + FP + FN)`
/// (keras/src/metrics/iou_metrics.py).
struct IoU: Metric {
    static let className = "IoU"
    static let arguments: [Argument] =
        Argument.overlap("io_u") + [
            .classCount, .targetClasses(default: nil), .ignoredClass,
            .boolean("sparse_y_true", default: true), .boolean("sparse_y_pred", default: true), .classAxis,
        ]
    static let direction: MetricDirection? = .up

    let configuration: Arguments

    init(_ arguments: Arguments) throws {
        configuration = arguments
        try arguments.checkTargetClasses(count: arguments.integer("num_classes"))
    }

    func makeOperation(_ site: MetricSite) throws -> MetricOperation {
        try IoUOperation(
            configuration, classes: configuration.integer("num_classes"),
            targets: configuration.integers("target_class_ids"),
            isTargetSparse: configuration.bool("sparse_y_true"),
            isPredictionSparse: configuration.bool("sparse_y_pred"), site, name: Self.className)
    }
}

extension Argument {
    /// The name and the element type that weights are gathered in: whole numbers unless floats are asked for.
    static func overlap(_ name: String) -> [Argument] {
        [
            Argument("name", .string, default: .string(name)),
            .choice("dtype", ["int", "int32", "int64", "float32", "float64"], default: .null),
        ]
    }

    static let classCount = Argument.integer("num_classes", in: 1...16_384)
    static func targetClasses(default value: JSONValue?) -> Argument {
        Argument("target_class_ids", .value, default: value)
    }
    static let ignoredClass = Argument.integer(
        "ignore_class", in: Int(Int32.min)...Int(Int32.max), default: .null)
    static let classAxis = Argument.integer("axis", in: -1 ... -1, default: -1)
}

extension Arguments {
    /// Throws when a target class is not one of `count`.
    func checkTargetClasses(count: Int) throws {
        let written = config["target_class_ids"]?.array ?? []
        guard !written.isEmpty, written.allSatisfy({ $0.integer.map((0..<count).contains) ?? false }) else {
            throw ArgumentError(
                "target_class_ids", "target_class_ids is a list of classes from 0 to \(count - 1).")
        }
    }
}

/// Gathers labels by what they are and what they are predicted to be.
final class IoUOperation: MetricOperation {
    private let classes: Int
    private let targets: [Int]
    private let ignoredClass: Int?
    private let truncatesWeights: Bool
    private let binaryThreshold: Float?
    /// Elements that a label or a prediction is the largest of; 1 when they are class numbers.
    private let targetWidth: Int
    private let predictionWidth: Int
    private let labelsPerRow: Int
    private let isWeighted: Bool
    private let isTargetSparse: Bool
    private let isPredictionSparse: Bool
    private let matrix: UnsafeMutablePointer<Double>

    init(
        _ configuration: Arguments, classes: Int, targets: [Int], isTargetSparse: Bool,
        isPredictionSparse: Bool,
        binaryThreshold: Float? = nil, _ site: MetricSite, name: String
    ) throws {
        self.classes = classes
        self.targets = targets
        self.binaryThreshold = binaryThreshold
        ignoredClass = configuration.optionalInteger("ignore_class")
        truncatesWeights = !(configuration.optionalString("dtype") ?? "int").hasPrefix("float")
        self.isTargetSparse = isTargetSparse
        self.isPredictionSparse = isPredictionSparse
        targetWidth = isTargetSparse ? 1 : site.target.last ?? 1
        predictionWidth = isPredictionSparse ? 1 : site.prediction.last ?? 1
        labelsPerRow = site.target.dropFirst().reduce(1, *) / targetWidth
        let predictionsPerRow = site.prediction.dropFirst().reduce(1, *) / predictionWidth
        guard labelsPerRow == predictionsPerRow else {
            throw ShapeError(
                "\(name) compares labels and predictions one by one, but targets of shape \(Shape(site.target).batch(nil)) have \(labelsPerRow) a sample and predictions of shape \(Shape(site.prediction).batch(nil)) \(predictionsPerRow); see sparse_y_true and sparse_y_pred."
            )
        }
        if let weight = site.weights.sampleWeight, weight.dropFirst().reduce(1, *) != labelsPerRow {
            throw ValueWeights.misfit(
                site.weights, "\(name), which takes one weight for each of \(labelsPerRow) labels a sample")
        }
        isWeighted = site.weights.sampleWeight != nil
        matrix = try site.arena.take(classes * classes)
    }

    override func reset() { matrix.update(repeating: 0, count: classes * classes) }

    override func update(_ batch: MetricBatch) {
        let count = batch.rows * labelsPerRow
        for index in 0..<count {
            let label = Self.label(batch.target + index * targetWidth, targetWidth, isTargetSparse)
            let predicted: Int
            if let binaryThreshold {
                predicted = batch.prediction[index] >= binaryThreshold ? 1 : 0
            } else {
                predicted = Self.label(
                    batch.prediction + index * predictionWidth, predictionWidth, isPredictionSparse)
            }
            guard label >= 0, label < classes, predicted >= 0, predicted < classes, label != ignoredClass
            else { continue }
            let weight = isWeighted ? Double(batch.weights.values?[index] ?? 1) : 1
            matrix[label * classes + predicted] += truncatesWeights ? weight.rounded(.towardZero) : weight
        }
    }

    private static func label(_ values: UnsafePointer<Float>, _ width: Int, _ isSparse: Bool) -> Int {
        isSparse
            ? Int(exactly: values[0].rounded(.towardZero)) ?? -1 : Kernels.argmax(values, count: width)
    }

    override var result: MetricValue {
        var (sum, valid) = (0.0, 0.0)
        for target in targets {
            var union = -matrix[target * classes + target]
            for other in 0..<classes {
                union += matrix[target * classes + other] + matrix[other * classes + target]
            }
            guard union > 1e-9 else { continue }
            sum += matrix[target * classes + target] / (union + Double(Kernels.epsilon))
            valid += 1
        }
        return .number(sum / (valid + Double(Kernels.epsilon)))
    }

    override var state: [Double] {
        get { Array(UnsafeBufferPointer(start: matrix, count: classes * classes)) }
        set {
            guard newValue.count == classes * classes else { return }
            for (index, value) in newValue.enumerated() { matrix[index] = value }
        }
    }
}
