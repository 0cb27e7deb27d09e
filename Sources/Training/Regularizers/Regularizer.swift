/// A penalty on the size of weights or activities.
package protocol Regularizer: Configurable {
    /// Throws when there is no penalty for arrays of a shape.
    func check(shape: [Int]) throws
    /// The object that computes the penalty of arrays of a shape; `isBatch` says that the first size is the most rows of
    /// a batch.
    func makeOperation(shape: [Int], isBatch: Bool) throws -> RegularizerOperation
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
