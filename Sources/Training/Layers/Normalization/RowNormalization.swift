import Kernels
import Protocol

/// The axes that a layer normalizes over, as Keras reads them.
struct NormalizedAxes {
    /// Counted from the batch, ascending.
    let axes: [Int]
    /// The sizes of gamma, beta or scale: in the order in which Keras sorts the axes as they were written.
    let weightShape: [Int]

    init(_ configuration: Arguments, _ input: Shape, name: String) throws {
        let written = configuration.integers("axis").sorted()
        let axes = written.map { $0 < 0 ? $0 + input.rank : $0 }
        guard !axes.isEmpty, Set(axes).count == axes.count, axes.allSatisfy({ (1..<input.rank).contains($0) })
        else {
            throw ShapeError(
                "\(name) has axis \(written), but its input has shape \(input); axes 1 to \(input.rank - 1) can be taken."
            )
        }
        weightShape = try axes.map { try input.size($0, for: name) }
        self.axes = axes.sorted()
    }
}

/// Normalizes over some axes of a sample: they are brought last, and every row of them is measured by itself.
final class RowNormalizationOperation: Operation {
    private let input: Tensor
    private let output: Tensor
    private let measure: RowMeasure
    private let order: AxisOrder
    /// Rows that a sample has, and their length.
    private let rows: Int
    private let columns: Int
    /// Rows after which gamma and beta repeat.
    private let period: Int
    private let gamma: SpreadWeight?
    private let beta: SpreadWeight?
    private let turned: UnsafeMutablePointer<Float>
    private let turnedOutput: UnsafeMutablePointer<Float>
    private let mean: UnsafeMutablePointer<Float>
    private let scale: UnsafeMutablePointer<Float>

    /// `shape` is the input's, with the batch, possibly with an axis cut in two; `axes` are those of a row.
    init(
        _ measure: RowMeasure, shape: [Int], axes: [Int], period: Int = 1, gamma: SpreadWeight?,
        beta: SpreadWeight?, _ site: Site
    ) throws {
        input = site.input
        output = site.output
        self.measure = measure
        self.period = period
        self.gamma = gamma
        self.beta = beta
        order = AxisOrder(shape, shape.indices.filter { !axes.contains($0) } + axes)
        columns = axes.reduce(1) { $0 * shape[$1] }
        rows = site.input.rowCount / max(1, columns)
        turned = try site.buffer(order.isInOrder ? 0 : site.input.count)
        turnedOutput = try site.buffer(order.isInOrder ? 0 : site.input.count)
        mean = try site.buffer(site.input.rows * rows)
        scale = try site.buffer(site.input.rows * rows)
    }

    override func forward(_ step: Step) {
        gamma?.spread()
        beta?.spread()
        if !order.isInOrder { order.turn(input.values, rows: step.rows, to: turned) }
        let y = order.isInOrder ? output.values : turnedOutput
        Kernels.normalizeRows(
            order.isInOrder ? input.values : turned, rows: step.rows * rows, columns: columns, by: measure,
            gamma: gamma?.values, beta: beta?.values, period: period, mean: mean, scale: scale, to: y)
        if !order.isInOrder { order.turnBack(y, rows: step.rows, to: output.values) }
    }

    override func backward(_ step: Step) {
        guard let outputGradient = output.gradient else { return }
        gamma?.beginGradient()
        beta?.beginGradient()
        if !order.isInOrder { order.turn(outputGradient, rows: step.rows, to: turnedOutput) }
        let target = order.isInOrder ? input.gradient : input.gradient.map { _ in turnedOutput }
        Kernels.normalizeRowsBackward(
            x: order.isInOrder ? input.values : turned, dy: order.isInOrder ? outputGradient : turnedOutput,
            rows: step.rows * rows, columns: columns, by: measure, gamma: gamma?.values, period: period,
            mean: mean, scale: scale, dgamma: gamma?.gradient, dbeta: beta?.gradient, dx: target)
        if let gradient = input.gradient, !order.isInOrder {
            order.turnBack(turnedOutput, rows: step.rows, to: gradient)
        }
        gamma?.gather()
        beta?.gather()
    }
}

/// A weight that is spread over rows of numbers: itself, where it has one for each.
final class SpreadWeight {
    private let slot: WeightSlot
    private let places: [Int32]?
    private let spreadValues: UnsafeMutablePointer<Float>
    private let spreadGradient: UnsafeMutablePointer<Float>?

    /// `places` tells for each of the numbers which of the weight's it is; nil when they are the same.
    init(_ slot: WeightSlot, places: [Int]? = nil, _ site: Site) throws {
        self.slot = slot
        self.places = places.map { $0.map { Int32(clamping: $0) } }
        spreadValues = places == nil ? slot.values : try site.buffer(places?.count ?? 0)
        spreadGradient =
            places == nil || slot.gradient == nil ? slot.gradient : try site.buffer(places?.count ?? 0)
    }

    var values: UnsafePointer<Float> { UnsafePointer(spreadValues) }
    var gradient: UnsafeMutablePointer<Float>? { spreadGradient }

    func spread() {
        guard let places else { return }
        for (index, place) in places.enumerated() { spreadValues[index] = slot.values[Int(place)] }
    }

    func beginGradient() {
        guard let spreadGradient else { return }
        Kernels.fill(spreadGradient, count: places?.count ?? slot.count, with: 0)
    }

    /// Adds the gradients of the numbers up to the weight's.
    func gather() {
        guard let places, let gradient = slot.gradient, let spreadGradient else { return }
        Kernels.fill(gradient, count: slot.count, with: 0)
        for (index, place) in places.enumerated() { gradient[Int(place)] += spreadGradient[index] }
    }
}
