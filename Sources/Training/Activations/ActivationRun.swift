import Kernels
import Protocol

/// An activation laid out for arrays of a shape: forward, and back.
struct ActivationRun {
    let activation: Activation
    private let expression: TensorExpressionRun?
    /// Elements that a row of the batch has.
    private let rowCount: Int

    /// Lays it out for up to `rows` rows of a batch, with these sizes behind it, before the activation.
    init(_ activation: Activation, sample: [Int], rows: Int, _ site: Site) throws {
        self.activation = activation
        rowCount = sample.reduce(1, *)
        guard case .expression(let function) = activation.form else {
            expression = nil
            return
        }
        _ = try function.keepsShape(of: Shape([rows] + sample))
        expression = try TensorExpressionRun(
            function.program(sizes: sample), rows: rows, arena: site.arena)
    }

    /// Whether it changes nothing.
    var isLinear: Bool { activation.isLinear }

    /// What a product may apply to its result on the way out; nil when that is not enough.
    var fused: ActivationKind? {
        if case .elementwise(let kind) = activation.form { kind } else { nil }
    }

    /// `y = f(x)` for `rows` runs of `columns` elements each; `y` may be `x` unless the shape changes.
    func forward(
        _ x: UnsafePointer<Float>, to y: UnsafeMutablePointer<Float>, rows: Int, columns: Int,
        _ team: ThreadTeam? = nil
    ) {
        switch activation.form {
        case .elementwise(let kind):
            if let team {
                team.activate(kind, x, to: y, count: rows * columns)
            } else {
                kind.forward(x, to: y, count: rows * columns)
            }
        case .softmax: Kernels.softmax(x, to: y, outer: rows, axis: columns)
        case .logSoftmax: Kernels.logSoftmax(x, to: y, outer: rows, axis: columns)
        case .sparsemax: Kernels.sparsemax(x, to: y, outer: rows, axis: columns)
        case .glu: Kernels.glu(x, to: y, outer: rows, half: columns / 2)
        case .expression: expression?.forward(x, to: y, rows: rows * columns / rowCount)
        }
    }

    /// The gradient by what went in, from that by what came out; `columns` is the size of a run that went in.
    func backward(
        x: UnsafePointer<Float>, y: UnsafePointer<Float>, dy: UnsafePointer<Float>,
        dx: UnsafeMutablePointer<Float>, rows: Int, columns: Int, _ team: ThreadTeam? = nil
    ) {
        switch activation.form {
        case .elementwise(let kind):
            if let team {
                team.activateBackward(kind, x: x, y: y, dy: dy, dx: dx, count: rows * columns)
            } else {
                kind.backward(x: x, y: y, dy: dy, dx: dx, count: rows * columns)
            }
        case .softmax: Kernels.softmaxBackward(y: y, dy: dy, dx: dx, outer: rows, axis: columns)
        case .logSoftmax: Kernels.logSoftmaxBackward(y: y, dy: dy, dx: dx, outer: rows, axis: columns)
        case .sparsemax: Kernels.sparsemaxBackward(x: x, y: y, dy: dy, dx: dx, outer: rows, axis: columns)
        case .glu: Kernels.gluBackward(x: x, dy: dy, dx: dx, outer: rows, half: columns / 2)
        case .expression:
            expression?.backward(
                x, dy, to: dx, rows: rows * columns / rowCount, count: rows * columns)
        }
    }
}
