/// A rule that a weight obeys after each update.
package protocol Constraint: Configurable {
    /// Throws a `ShapeError` when a weight of a shape cannot obey the rule.
    func check(shape: [Int]) throws
    /// The object that holds weights of a shape to the rule.
    func makeOperation(shape: [Int]) throws -> ConstraintOperation
}

extension Constraint {
    package func check(shape: [Int]) throws {}
}

/// Projects a weight onto what its constraint allows.
package class ConstraintOperation {
    /// Changes `values` in place.
    package func apply(_ values: UnsafeMutablePointer<Float>) {}
}
