import Protocol

/// The mean over the last axis of a function of each target and prediction.
protocol ElementwiseFunction: Sendable {
    /// The value at a target and a prediction.
    func value(_ target: Float, _ prediction: Float) -> Float
    /// Its derivative by the prediction.
    func derivative(_ target: Float, _ prediction: Float) -> Float
}

/// Computes a loss that is such a mean.
final class ElementwiseLossOperation<Function: ElementwiseFunction>: LossOperation {
    private let function: Function
    private let columns: Int

    init(_ function: Function, _ site: LossSite, name: String) throws {
        let shape = try MatchedShapes(target: site.target, prediction: site.prediction, for: name).shape
        self.function = function
        columns = shape.count == 1 ? 1 : shape[shape.count - 1]
        super.init(valueShape: shape.count == 1 ? shape : Array(shape.dropLast()))
    }

    override func forward(
        rows: Int, target: UnsafePointer<Float>, prediction: UnsafePointer<Float>,
        values: UnsafeMutablePointer<Float>
    ) {
        for index in 0..<valueCount(rows: rows) {
            let start = index * columns
            var sum: Float = 0
            for column in start..<start + columns {
                sum += function.value(target[column], prediction[column])
            }
            values[index] = sum / Float(columns)
        }
    }

    override func backward(
        rows: Int, target: UnsafePointer<Float>, prediction: UnsafePointer<Float>,
        valueGradient: UnsafePointer<Float>, gradient: UnsafeMutablePointer<Float>
    ) {
        for index in 0..<valueCount(rows: rows) {
            let start = index * columns
            let scale = valueGradient[index] / Float(columns)
            for column in start..<start + columns {
                gradient[column] = scale * function.derivative(target[column], prediction[column])
            }
        }
    }
}
