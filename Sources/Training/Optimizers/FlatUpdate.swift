import Kernels

/// A rule that changes each weight by itself, run over all trained variables in one pass over memory.
final class FlatUpdate: OptimizerUpdate {
    /// Changes a span of the variables by its gradients, the learning rate and the step's number.
    typealias Body = (Range<Int>, UnsafePointer<Float>, Float, Int) -> Void

    private let site: OptimizerSite
    private let prepare: (Int) -> Void
    private let body: Body
    private var tables: [FlatTable] = []
    /// What rows without a gradient have for one; they share it, so that it stays in the cache.
    private var zeros: UnsafeMutablePointer<Float>?

    /// `prepare` runs once a step with its number from 0, before `body`.
    init(_ site: OptimizerSite, prepare: @escaping (Int) -> Void = { _ in }, body: @escaping Body) {
        self.site = site
        self.prepare = prepare
        self.body = body
    }

    /// From now on the rows of tables that are not touched in a step count as without a gradient, whatever stands in
    /// its place.
    /// - Parameter isEligible: Whether nothing else needs the whole gradient of a variable.
    func followTouchedRows(where isEligible: (Int) -> Bool) throws {
        for (index, slot) in site.variables.enumerated() {
            guard let touched = slot.touchedRows, touched.isKept, isEligible(index) else { continue }
            touched.isFollowed = true
            tables.append(
                FlatTable(
                    start: slot.values - site.values, rows: touched.rows, width: touched.width,
                    marks: touched.marks))
        }
        if !tables.isEmpty { zeros = try site.arena.take(UpdatePass.pieceSize) }
    }

    override func apply(learningRate: Float, iteration: Int, team: ThreadTeam) {
        apply(learningRate: learningRate, iteration: iteration, besides: ElementwiseSteps(), team: team)
    }

    /// One step, and in the same pass what else is done to each element.
    func apply(learningRate: Float, iteration: Int, besides steps: ElementwiseSteps, team: ThreadTeam) {
        prepare(iteration)
        team.share(
            UpdatePass(
                body: body, learningRate: learningRate, iteration: iteration, values: site.values,
                gradients: site.gradients, steps: steps, tables: tables, zeros: zeros),
            count: site.count, cost: site.count, unit: 32)
    }
}

/// What an optimizer does to each element besides its rule, in this order.
struct ElementwiseSteps {
    /// What gradients are multiplied by.
    var gradientFactor: Float?
    /// What gradients are held to, both ways.
    var gradientLimit: Float?
    /// What values are multiplied by before the rule.
    var decay: Float?
    /// Where values are averaged after the rule, and the share of the average that stays.
    var average: (values: UnsafeMutablePointer<Float>, kept: Float)?

    var isEmpty: Bool {
        gradientFactor == nil && gradientLimit == nil && decay == nil && average == nil
    }

    /// Does what comes before the rule; `gradients` is nil where there are none.
    func beginRule(
        _ values: UnsafeMutablePointer<Float>, gradients: UnsafeMutablePointer<Float>?, count: Int
    ) {
        if let gradients {
            if let gradientFactor {
                Kernels.multiply(gradients, gradientFactor, to: gradients, count: count)
            }
            if let gradientLimit {
                Kernels.clip(
                    gradients, lower: -gradientLimit, upper: gradientLimit, to: gradients, count: count)
            }
        }
        if let decay { Kernels.multiply(values, decay, to: values, count: count) }
    }

    /// Does what comes after the rule, for values that begin at `start` of all.
    func endRule(_ values: UnsafePointer<Float>, at start: Int, count: Int) {
        guard let average else { return }
        let averages = average.values + start
        Kernels.multiply(averages, average.kept, to: averages, count: count)
        Kernels.addScaled(values, by: 1 - average.kept, to: averages, count: count)
    }
}

/// A table among the variables, some of whose rows have no gradient.
private struct FlatTable {
    let start: Int
    let rows: Int
    let width: Int
    let marks: UnsafeMutablePointer<UInt8>
}

private struct UpdatePass: SharedPass {
    let body: FlatUpdate.Body
    let learningRate: Float
    let iteration: Int
    let values: UnsafeMutablePointer<Float>
    let gradients: UnsafeMutablePointer<Float>
    let steps: ElementwiseSteps
    let tables: [FlatTable]
    let zeros: UnsafeMutablePointer<Float>?

    /// Elements whose values, gradients and slots stay in the innermost cache from one step on them to the next.
    static let pieceSize = 2048

    func run(_ span: Range<Int>, part: Int) {
        if tables.isEmpty, steps.isEmpty {
            return body(span, gradients + span.lowerBound, learningRate, iteration)
        }
        var start = span.lowerBound
        while start < span.upperBound {
            let (end, hasGradient) = piece(from: start, to: min(span.upperBound, start + Self.pieceSize))
            change(start..<end, zeros.flatMap { hasGradient ? nil : UnsafePointer($0) })
            start = end
        }
    }

    /// How far what begins at `start` either has gradients or has none.
    private func piece(from start: Int, to limit: Int) -> (end: Int, hasGradient: Bool) {
        for table in tables {
            if start < table.start { return (min(limit, table.start), true) }
            var row = (start - table.start) / table.width
            guard row < table.rows else { continue }
            let mark = table.marks[row]
            while row < table.rows, table.marks[row] == mark, table.start + row * table.width < limit {
                row += 1
            }
            return (min(limit, table.start + row * table.width), mark != 0)
        }
        return (limit, true)
    }

    private func change(_ span: Range<Int>, _ zeros: UnsafePointer<Float>?) {
        let (values, count) = (values + span.lowerBound, span.count)
        let gradient = gradients + span.lowerBound
        steps.beginRule(values, gradients: zeros == nil ? gradient : nil, count: count)
        body(span, zeros ?? UnsafePointer(gradient), learningRate, iteration)
        steps.endRule(values, at: span.lowerBound, count: count)
    }
}
