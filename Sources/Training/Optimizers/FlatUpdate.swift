/// A rule that changes each weight by itself, run over all trained variables in one pass over memory.
final class FlatUpdate: OptimizerUpdate {
    private let count: Int
    private let prepare: (Int) -> Void
    private let body: (Range<Int>, Float, Int) -> Void

    /// `prepare` runs once a step with its number from 0; `body` then changes a span of the variables by the
    /// learning rate and the step's number.
    init(
        _ site: OptimizerSite, prepare: @escaping (Int) -> Void = { _ in },
        body: @escaping (Range<Int>, Float, Int) -> Void
    ) {
        count = site.count
        self.prepare = prepare
        self.body = body
    }

    override func apply(learningRate: Float, iteration: Int, team: ThreadTeam) {
        prepare(iteration)
        team.share(
            UpdatePass(body: body, learningRate: learningRate, iteration: iteration), count: count,
            cost: count,
            unit: 32)
    }
}

private struct UpdatePass: SharedPass {
    let body: (Range<Int>, Float, Int) -> Void
    let learningRate: Float
    let iteration: Int

    func run(_ span: Range<Int>, part: Int) { body(span, learningRate, iteration) }
}
