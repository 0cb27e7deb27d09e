import Kernels
import Protocol

/// How much true and false labels weigh on either side of a threshold.
struct ConfusionCounts {
    var truePositives = 0.0
    var falsePositives = 0.0
    var trueNegatives = 0.0
    var falseNegatives = 0.0

    var precision: Double { Self.divide(truePositives, truePositives + falsePositives) }
    var recall: Double { Self.divide(truePositives, truePositives + falseNegatives) }
    var specificity: Double { Self.divide(trueNegatives, trueNegatives + falsePositives) }

    /// A quotient that is 0 where its divisor is.
    static func divide(_ dividend: Double, _ divisor: Double) -> Double {
        divisor == 0 ? 0 : dividend / divisor
    }
}

/// Gathers labels by which of a list of thresholds their predictions exceed
/// (`update_confusion_matrix_variables` in keras/src/metrics/metrics_utils.py).
///
/// As in Keras, thresholds at even distances from 0 to 1 sort predictions by arithmetic, not by comparison.
struct ConfusionTally {
    /// The thresholds, rising, and where each stood in the list that was given.
    private let thresholds: [Float]
    private let places: [Int]
    private let isEven: Bool
    private let hasMargins: Bool
    /// The weights of true and of false labels whose predictions exceed the first 0, 1, … thresholds.
    private var buckets: [(positive: Double, negative: Double)]

    /// `hasMargins` says that the outermost thresholds lie a little outside of 0 and 1, so that all predictions exceed
    /// the first.
    init(_ written: [Double], isEven: Bool, hasMargins: Bool = false) {
        let order = written.indices.sorted { (written[$0], $0) < (written[$1], $1) }
        places = order
        thresholds = order.map { Float(written[$0]) }
        self.isEven = isEven
        self.hasMargins = hasMargins
        buckets = Array(repeating: (0, 0), count: written.count + 1)
    }

    /// Whether thresholds are at even distances from 0 to 1, as `is_evenly_distributed_thresholds` tells.
    static func areEven(_ thresholds: [Double]) -> Bool {
        guard thresholds.count >= 3 else { return false }
        return thresholds.enumerated().allSatisfy { index, threshold in
            let even = Double(Float(index) / Float(thresholds.count - 1))
            return abs(threshold - even) <= Double(Kernels.epsilon) + 1e-5 * even
        }
    }

    mutating func reset() {
        for index in buckets.indices { buckets[index] = (0, 0) }
    }

    /// Takes in a prediction.
    @inline(__always)
    mutating func add(isTrue: Bool, _ prediction: Float, weight: Double) {
        let bucket = isEven ? evenBucket(prediction) : comparedBucket(prediction)
        if isTrue { buckets[bucket].positive += weight } else { buckets[bucket].negative += weight }
    }

    /// How many of the thresholds a prediction exceeds.
    @inline(__always)
    private func evenBucket(_ prediction: Float) -> Int {
        guard prediction == prediction else { return 0 }
        let exceeded = Int((min(max(prediction, 0), 1) * Float(thresholds.count - 1)).rounded(.up))
        return hasMargins ? max(exceeded, 1) : exceeded
    }

    private func comparedBucket(_ prediction: Float) -> Int {
        var (low, high) = (0, thresholds.count)
        while low < high {
            let middle = (low + high) / 2
            if prediction > thresholds[middle] { low = middle + 1 } else { high = middle }
        }
        return low
    }

    /// The counts at each threshold, in the order in which these were given.
    var counts: [ConfusionCounts] {
        var total = ConfusionCounts()
        for bucket in buckets {
            total.truePositives += bucket.positive
            total.falsePositives += bucket.negative
        }
        var result = Array(repeating: ConfusionCounts(), count: thresholds.count)
        for index in thresholds.indices {
            total.truePositives -= buckets[index].positive
            total.falsePositives -= buckets[index].negative
            total.falseNegatives += buckets[index].positive
            total.trueNegatives += buckets[index].negative
            result[places[index]] = total
        }
        return result
    }

    var state: [Double] {
        get { buckets.flatMap { [$0.positive, $0.negative] } }
        set {
            guard newValue.count == 2 * buckets.count else { return }
            for index in buckets.indices { buckets[index] = (newValue[2 * index], newValue[2 * index + 1]) }
        }
    }
}

/// Gathers labels and predictions into tallies: of all classes together, of one class, or one for each class.
class ConfusionOperation: MetricOperation {
    final private(set) var tallies: [ConfusionTally]
    private let classes: Int
    private let classID: Int?
    private let labelWeights: [Double]
    private let isFromLogits: Bool
    private let topK: Int?
    private let topPlaces: UnsafeMutablePointer<Int32>
    private let filtered: UnsafeMutablePointer<Float>

    /// Which labels and predictions count, and how.
    struct Selection {
        var classID: Int?
        var topK: Int?
        /// A tally for each class.
        var isByClass = false
        /// What each class weighs; empty for 1.
        var labelWeights: [Double] = []
        var isFromLogits = false
    }

    init(_ tally: ConfusionTally, _ selection: Selection, _ site: MetricSite, name: String) throws {
        let fitted = ShapeFit.sameRank(site.target, site.prediction)
        guard fitted.first == fitted.second else {
            throw ComparedRows.misfit(name, target: site.target, prediction: site.prediction)
        }
        let shape = fitted.second
        let classes = shape.count == 1 ? 1 : shape[shape.count - 1]
        self.classes = classes
        if let id = selection.classID, !(-classes..<classes).contains(id) {
            throw ShapeError("\(name) looks at class \(id), but predictions have \(classes) classes.")
        }
        if let k = selection.topK, k > classes {
            throw ShapeError("\(name) takes the \(k) largest predictions, but there are \(classes) classes.")
        }
        if selection.isByClass, shape.count != 2 {
            throw ShapeError(
                "\(name) with multi_label takes predictions of shape (None, labels), not \(Shape(shape).batch(nil))."
            )
        }
        if !selection.labelWeights.isEmpty, selection.labelWeights.count != classes {
            throw ShapeError(
                "\(name) has \(selection.labelWeights.count) label_weights for \(classes) labels.")
        }
        tallies = Array(repeating: tally, count: selection.isByClass ? classes : 1)
        classID = selection.classID.map { $0 < 0 ? $0 + classes : $0 }
        topK = selection.topK
        labelWeights = selection.isByClass ? [] : selection.labelWeights
        isFromLogits = selection.isFromLogits
        topPlaces = try site.arena.take(selection.topK ?? 0)
        filtered = try site.arena.take(classes)
        count = shape.dropFirst().reduce(1, *)
        let weighted = selection.classID == nil ? shape : shape.dropLast() + [1]
        weights = try site.elementWeights(to: weighted, name: name)
    }

    /// Elements of a row.
    private let count: Int
    /// Where the weights of a row's elements stand; nil without weights.
    private let weights: RowMap?

    final override func reset() {
        for index in tallies.indices { tallies[index].reset() }
    }

    final override func update(_ batch: MetricBatch) {
        let runsPerRow = count / classes
        for run in 0..<batch.rows * runsPerRow {
            let (row, place) = (run / runsPerRow, run % runsPerRow)
            let target = batch.target + run * classes
            let prediction = prepared(batch.prediction + run * classes)
            if let classID {
                tallies[0].add(
                    isTrue: target[classID] != 0, prediction[classID],
                    weight: batch.weight(weights, row: row, element: place))
                continue
            }
            for index in 0..<classes {
                let labelWeight = labelWeights.isEmpty ? 1 : labelWeights[index]
                let weight = batch.weight(weights, row: row, element: place * classes + index)
                tallies[tallies.count == 1 ? 0 : index].add(
                    isTrue: target[index] != 0, prediction[index], weight: weight * labelWeight)
            }
        }
    }

    /// The predictions of a run of classes: as they are, through the sigmoid, or all but the largest put out of the way.
    private func prepared(_ prediction: UnsafePointer<Float>) -> UnsafePointer<Float> {
        if isFromLogits {
            Kernels.sigmoid(prediction, to: filtered, count: classes)
        } else if let topK {
            TopK.write(prediction, count: classes, k: topK, to: topPlaces)
            Kernels.fill(filtered, count: classes, with: -1e10)
            for index in 0..<topK { filtered[Int(topPlaces[index])] = prediction[Int(topPlaces[index])] }
        } else {
            return prediction
        }
        return UnsafePointer(filtered)
    }

    final override var state: [Double] {
        get { tallies.flatMap(\.state) }
        set {
            let size = newValue.count / tallies.count
            guard size * tallies.count == newValue.count else { return }
            for index in tallies.indices {
                tallies[index].state = Array(newValue[index * size..<(index + 1) * size])
            }
        }
    }
}

/// One figure at each threshold.
final class ThresholdOperation: ConfusionOperation {
    private let figure: (ConfusionCounts) -> Double

    /// Reads `thresholds`, and `top_k` and `class_id` where the metric has them.
    init(
        _ configuration: Arguments, _ site: MetricSite, name: String,
        figure: @escaping (ConfusionCounts) -> Double
    ) throws {
        self.figure = figure
        let topK = configuration.optionalInteger("top_k")
        let written = configuration.numbers("thresholds")
        let thresholds = written.isEmpty ? [topK == nil ? 0.5 : -1e10] : written
        try super.init(
            ConfusionTally(thresholds, isEven: ConfusionTally.areEven(thresholds)),
            Selection(classID: configuration.optionalInteger("class_id"), topK: topK), site, name: name)
    }

    override var result: MetricValue {
        let figures = tallies[0].counts.map(figure)
        return figures.count == 1 ? .number(figures[0]) : .list(figures)
    }
}

extension Argument {
    /// Thresholds between 0 and 1: a number, a list or null for ½.
    static let thresholds = Argument("thresholds", .numbers, default: .null)
    /// The class that is looked at alone.
    static let classID = Argument.integer("class_id", in: Int(Int16.min)...Int(Int32.max), default: .null)
}

extension Arguments {
    /// Throws when a threshold is not one.
    func checkThresholds() throws {
        let written = config["thresholds"] ?? .null
        let numbers = written.array?.map(\.number) ?? (written.isNull ? [] : [written.number])
        guard numbers.count <= 10_000, numbers.allSatisfy({ $0.map((0...1).contains) ?? false }) else {
            throw ArgumentError("thresholds", "thresholds are numbers from 0 to 1, at most 10000.")
        }
        if written.array?.isEmpty ?? false {
            throw ArgumentError("thresholds", "thresholds has no number; leave it out for 0.5.")
        }
    }
}
