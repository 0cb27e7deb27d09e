import Kernels
import Protocol

/// Draws embeddings of one class together and those of different classes apart, each pair by as much as it is off
/// (Sun et al., 2020; keras/src/losses/losses.py). Predictions are embeddings of length 1, targets class numbers.
struct Circle: Loss {
    static let className = "Circle"
    static let arguments: [Argument] =
        Argument.loss("circle") + [
            .number("gamma", default: 80.0),
            .number("margin", default: 0.4),
            .boolean("remove_diagonal", default: true),
        ]

    static let fit = TargetFit.own

    let configuration: Arguments

    init(_ arguments: Arguments) { configuration = arguments }

    func makeOperation(_ site: LossSite) throws -> LossOperation { try CircleOperation(configuration, site) }
}

private final class CircleOperation: LossOperation {
    private let circle: Kernels.Circle
    private let columns: Int
    private let mask: UnsafeMutablePointer<UInt8>

    init(_ configuration: Arguments, _ site: LossSite) throws {
        let (target, prediction) = (site.target, site.prediction)
        guard prediction.count == 2, target == [prediction[0]] || target == [prediction[0], 1] else {
            throw ShapeError(
                "Circle takes embeddings of shape (None, size) and one class number for each, not predictions of shape \(Shape(prediction).batch(nil)) and targets of shape \(Shape(target).batch(nil))."
            )
        }
        let rows = prediction[0]
        let (scratch, overflows) = rows.multipliedReportingOverflow(by: rows + 2)
        columns = prediction[1]
        mask = try site.arena.take(rows)
        circle = Kernels.Circle(
            margin: configuration.float("margin"), gamma: configuration.float("gamma"),
            removesDiagonal: configuration.bool("remove_diagonal"), rows: rows,
            scratch: try site.arena.take(overflows ? .max : scratch))
        super.init(valueShape: [rows])
    }

    override var valueMask: UnsafePointer<UInt8>? { UnsafePointer(mask) }

    override func forward(
        rows: Int, target: UnsafePointer<Float>, prediction: UnsafePointer<Float>,
        values: UnsafeMutablePointer<Float>
    ) {
        circle.values(target, prediction, rows: rows, columns: columns, to: values)
        for row in 0..<rows { mask[row] = values[row] > 0 ? 1 : 0 }
    }

    override func backward(
        rows: Int, target: UnsafePointer<Float>, prediction: UnsafePointer<Float>,
        valueGradient: UnsafePointer<Float>, gradient: UnsafeMutablePointer<Float>
    ) {
        circle.gradients(
            target, prediction, scales: valueGradient, rows: rows, columns: columns, to: gradient)
    }
}
