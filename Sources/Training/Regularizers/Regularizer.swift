/// A penalty on the size of weights or activities.
package protocol Regularizer: Configurable {
    /// The object that computes the penalty of arrays of a shape.
    func makeOperation(shape: [Int]) -> RegularizerOperation
}

/// Computes a penalty and its gradient.
package class RegularizerOperation {
    /// The penalty of `count` values.
    func value(_ values: UnsafePointer<Float>, count: Int) -> Double { 0 }
    /// Adds the penalty's gradient by the values to `gradient`.
    func addGradient(_ values: UnsafePointer<Float>, to gradient: UnsafeMutablePointer<Float>, count: Int) {}
}
