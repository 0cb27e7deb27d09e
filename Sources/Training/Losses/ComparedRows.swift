import Kernels
import Protocol

/// Targets and predictions brought to one shape: a last axis of size 1 is added or taken away as
/// `squeeze_or_expand_to_same_rank` does, and either is repeated along axes of size 1.
struct ComparedRows {
    /// The common shape, the most rows first.
    let shape: [Int]
    let target: Repetition
    let prediction: Repetition

    /// Throws a `ShapeError` that tells what would fit when the two do not.
    init(target: [Int], prediction: [Int], for name: String, arena: Arena) throws {
        let fitted = ShapeFit.sameRank(target, prediction)
        guard let shape = ShapeFit.repeated(fitted.first, fitted.second) else {
            throw Self.misfit(name, target: target, prediction: prediction)
        }
        self.shape = shape
        self.target = try Repetition(fitted.first, to: shape, arena)
        self.prediction = try Repetition(fitted.second, to: shape, arena)
    }

    /// Whether nothing is repeated.
    var areWhole: Bool { target.isWhole && prediction.isWhole }

    /// Targets and predictions of `rows` rows in the common shape.
    func repeated(_ target: UnsafePointer<Float>, _ prediction: UnsafePointer<Float>, rows: Int) -> (
        target: UnsafePointer<Float>, prediction: UnsafePointer<Float>
    ) {
        (self.target.repeated(target, rows: rows), self.prediction.repeated(prediction, rows: rows))
    }

    /// What is said of targets that cannot be compared with predictions.
    static func misfit(_ name: String, target: [Int], prediction: [Int]) -> ShapeError {
        ShapeError(
            "\(name) compares targets with predictions of the same shape, but the targets have shape \(Shape(target).batch(nil)) and the model gives \(Shape(prediction).batch(nil)).\(hint(target, prediction))"
        )
    }

    private static func hint(_ target: [Int], _ prediction: [Int]) -> String {
        guard prediction.last != 1 else { return "" }
        let areLabels = target.count < prediction.count || target.last == 1
        return areLabels ? " For class numbers, use sparse_categorical_crossentropy." : ""
    }
}

extension ComparedRows {
    /// What a metric compares.
    init(_ site: MetricSite, for name: String) throws {
        try self.init(target: site.target, prediction: site.prediction, for: name, arena: site.arena)
    }

    /// A batch in the common shape.
    func repeated(_ batch: MetricBatch) -> (target: UnsafePointer<Float>, prediction: UnsafePointer<Float>) {
        repeated(batch.target, batch.prediction, rows: batch.rows)
    }
}

/// Rows repeated to longer ones along axes of size 1.
struct Repetition {
    /// How often each axis is repeated.
    let repeats: [Int]
    private let map: RowMap
    private let copies: UnsafeMutablePointer<Float>

    init(_ source: [Int], to shape: [Int], _ arena: Arena) throws {
        repeats = zip(shape, source).map { $0 / max(1, $1) }
        map = try RowMap(source, to: shape, arena: arena)
        copies = try arena.take(map.sourceCount == map.count ? 0 : shape.reduce(1, *))
    }

    /// Whether nothing is repeated.
    var isWhole: Bool { map.sourceCount == map.count }

    /// The rows as they are repeated.
    func repeated(_ values: UnsafePointer<Float>, rows: Int) -> UnsafePointer<Float> {
        guard !isWhole else { return values }
        for row in 0..<rows {
            let (source, copy) = (values + row * map.sourceCount, copies + row * map.count)
            for element in 0..<map.count { copy[element] = source[map[element]] }
        }
        return UnsafePointer(copies)
    }

    /// Writes the sum of each element's copies.
    func sum(_ values: UnsafePointer<Float>, rows: Int, to sums: UnsafeMutablePointer<Float>) {
        Kernels.fill(sums, count: rows * map.sourceCount, with: 0)
        for row in 0..<rows {
            let (copy, sum) = (values + row * map.count, sums + row * map.sourceCount)
            for element in 0..<map.count { sum[map[element]] += copy[element] }
        }
    }
}
