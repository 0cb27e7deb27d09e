/// A penalty on the size of weights or activities.
package protocol Regularizer: Configurable {
    /// Throws a `ShapeError` when there is no penalty for arrays of a shape.
    func check(shape: [Int]) throws
    /// The object that computes the penalty of arrays of a shape, the most rows first where it is a batch's.
    func makeOperation(shape: [Int]) throws -> RegularizerOperation
}

extension Regularizer {
    package func check(shape: [Int]) throws {}
}

/// Computes a penalty and its gradient.
package class RegularizerOperation {
    /// The penalty of `count` values.
    package func value(_ values: UnsafePointer<Float>, count: Int) -> Double { 0 }
    /// Adds the penalty's gradient by the values, times `scale`, to `gradient`.
    package func addGradient(
        _ values: UnsafePointer<Float>, scale: Float, to gradient: UnsafeMutablePointer<Float>, count: Int
    ) {}
}
