import Kernels
import Protocol

/// An axis of targets and predictions, along which a loss compares them, as rows of neighbours.
///
/// Where the axis is not the last one, arrays are copied so that it becomes it.
struct ClassRows {
    /// The axis, counted from the first.
    let axis: Int
    /// Elements of a row.
    let classes: Int
    /// Whether the axis is the last one.
    let isLast: Bool
    /// The shape without the axis.
    let valueShape: [Int]
    private let stride: Int
    private let copies: [UnsafeMutablePointer<Float>]

    /// Throws a `ShapeError` when the shape has no such axis behind the batch.
    init(_ shape: [Int], axis written: Int, name: String, arena: Arena) throws {
        let axis = written < 0 ? shape.count + written : written
        guard axis >= 1, axis < shape.count else {
            throw ShapeError(
                "The axis \(written) of \(name) is not one of predictions of shape \(Shape(shape).batch(nil))."
            )
        }
        self.axis = axis
        classes = shape[axis]
        stride = shape[(axis + 1)...].reduce(1, *)
        isLast = axis == shape.count - 1
        var values = shape
        values.remove(at: axis)
        valueShape = values
        let count = stride == 1 ? 0 : shape.reduce(1, *)
        copies = [try arena.take(count), try arena.take(count), try arena.take(count)]
    }

    /// Where the elements of a row stand in the arrays.
    func places(of row: Int) -> StrideTo<Int> {
        let start = row / stride * stride * classes + row % stride
        return Swift.stride(from: start, to: start + classes * stride, by: stride)
    }

    /// Targets and predictions of `rows` rows as neighbours.
    func gather(_ target: UnsafePointer<Float>, _ prediction: UnsafePointer<Float>, rows: Int) -> (
        target: UnsafePointer<Float>, prediction: UnsafePointer<Float>
    ) {
        guard stride > 1 else { return (target, prediction) }
        for row in 0..<rows {
            let start = row / stride * stride * classes + row % stride
            for index in 0..<classes {
                copies[0][row * classes + index] = target[start + index * stride]
                copies[1][row * classes + index] = prediction[start + index * stride]
            }
        }
        return (UnsafePointer(copies[0]), UnsafePointer(copies[1]))
    }

    /// Where the gradient of neighbouring rows is written before `scatter` puts it in its place.
    func gradientRows(_ gradient: UnsafeMutablePointer<Float>) -> UnsafeMutablePointer<Float> {
        stride > 1 ? copies[2] : gradient
    }

    /// Puts what was written to `gradientRows` in its place.
    func scatter(to gradient: UnsafeMutablePointer<Float>, rows: Int) {
        guard stride > 1 else { return }
        for row in 0..<rows {
            let start = row / stride * stride * classes + row % stride
            for index in 0..<classes {
                gradient[start + index * stride] = copies[2][row * classes + index]
            }
        }
    }
}
