import OrderedCollections
import Protocol

/// The loss and the metrics of a compilation, laid out for the shapes of a plan's output and of the targets.
final class Scoring {
    /// Where a batch's targets go.
    let target: UnsafeMutablePointer<Float>
    /// Where its weights go; nil when there are none.
    let sampleWeights: UnsafeMutablePointer<Float>?
    private let objective: Objective
    private let lossValues: (logits: UnsafeMutablePointer<Float>?, output: Tensor)
    /// The names of all metrics, and the direction of those that have one.
    let metricNames: [String]
    let directions: [String: MetricDirection]
    private let metrics: [(name: String, operation: MetricOperation)]
    private let weightedMetrics: [(name: String, operation: MetricOperation)]
    private var loss = RunningMean()

    /// Lays out loss and metrics; throws a problem when the targets do not fit them.
    init(
        _ compilation: Compilation, plan: Plan, target shape: [Int], weightShape: [Int]?, trains: Bool,
        arena: Arena
    ) throws {
        guard let choice = compilation.loss else {
            throw Problem(.unprocessable, "The model was compiled without a loss; compile it with one.")
        }
        let output = plan.output
        guard let count = shape.checkedProduct else {
            throw Problem(.unprocessable, "Targets of shape \(Shape(shape)) do not fit in memory.")
        }
        target = try arena.take(count)
        sampleWeights = try weightShape.map { try arena.take($0.checkedProduct ?? .max) }
        let loss = try choice.resolved(target: shape, prediction: output.shape)
        let operation = try loss.operation(
            LossSite(target: shape, prediction: output.shape, arena: arena))
        let logits = operation.seesOutput ? plan.logits(ofOneOf: operation.logitsActivations) : nil
        operation.logitsActivation = logits?.activation
        if logits != nil { plan.startBackwardAtLogits() }
        lossValues = (logits?.values, output)
        let weights = WeightShapes(sampleWeight: weightShape, mask: output.maskShape)
        objective = try Objective(loss, operation, rows: output.rows, weights: weights, arena: arena)
        var site = MetricSite(target: shape, prediction: output.shape, weights: weights, arena: arena)
        site.logits = plan.logits
        let weightedSite = site
        site.weights.sampleWeight = nil
        let plainSite = site
        var names = LogNames()
        var directions: [String: MetricDirection] = [:]
        metrics = try compilation.metrics.map { choice in
            let (metric, name) = try choice.resolved(target: shape, prediction: output.shape)
            let logged = names.next(name)
            directions[logged] = type(of: metric).direction
            return (logged, try metric.makeOperation(plainSite))
        }
        weightedMetrics = try compilation.weightedMetrics.map { choice in
            let (metric, name) = try choice.resolved(target: shape, prediction: output.shape)
            let logged = names.nextWeighted(name)
            directions[logged] = type(of: metric).direction
            return (logged, try metric.makeOperation(weightedSite))
        }
        metricNames = (metrics + weightedMetrics).map(\.name)
        self.directions = directions
    }

    /// Forgets the batches of the epoch before.
    func reset() {
        loss = RunningMean()
        for (_, metric) in metrics { metric.reset() }
        for (_, metric) in weightedMetrics { metric.reset() }
    }

    /// Takes in a batch that went through the plan; `addedLoss` is what layers and weights add.
    func update(rows: Int, addedLoss: Double) {
        let output = lossValues.output
        var weights = RowWeights()
        weights.values = sampleWeights.map { UnsafePointer($0) }
        weights.mask = output.mask.map { UnsafePointer($0) }
        let value = objective.forward(
            rows: rows, target: target, prediction: lossValues.logits ?? output.values, weights: weights)
        loss.add(Double(Float(value + addedLoss)), weight: Double(rows))
        var unweighted = weights
        unweighted.values = nil
        let batch = MetricBatch(rows: rows, target: target, prediction: output.values, weights: unweighted)
        for (_, metric) in metrics { metric.update(batch) }
        let weighted = MetricBatch(rows: rows, target: target, prediction: output.values, weights: weights)
        for (_, metric) in weightedMetrics { metric.update(weighted) }
    }

    /// Writes the gradient of the batch's loss into the plan's output.
    func writeGradient(rows: Int) {
        let output = lossValues.output
        guard let gradient = output.gradient else { return }
        objective.backward(
            rows: rows, target: target, prediction: lossValues.logits ?? output.values, gradient: gradient)
    }

    /// The mean loss of the batches so far.
    var meanLoss: Double { loss.value }

    /// The figures of the batches so far, the loss first.
    var logs: Logs {
        var logs: Logs = ["loss": .number(loss.value)]
        for (name, metric) in metrics { logs[name] = metric.result }
        for (name, metric) in weightedMetrics { logs[name] = metric.result }
        return logs
    }

    /// All that was gathered since the last reset, in a form that can be kept.
    var state: [[Double]] {
        get { [[loss.total, loss.count]] + (metrics + weightedMetrics).map(\.operation.state) }
        set {
            guard newValue.count == 1 + metrics.count + weightedMetrics.count, newValue[0].count == 2 else {
                return
            }
            loss.total = newValue[0][0]
            loss.count = newValue[0][1]
            for (metric, state) in zip(metrics + weightedMetrics, newValue.dropFirst()) {
                metric.operation.state = state
            }
        }
    }
}

/// How Keras keeps the names in logs apart (`CompileMetrics.result` in keras/src/trainers/compile_utils.py).
private struct LogNames {
    private var counts: [String: Int] = [:]

    mutating func next(_ name: String) -> String {
        let count = counts[name, default: 0]
        counts[name] = count + 1
        return count == 0 ? name : "\(name)_\(count)"
    }

    mutating func nextWeighted(_ name: String) -> String {
        if counts[name] == nil { return next(name) }
        return next("weighted_\(name)")
    }
}
