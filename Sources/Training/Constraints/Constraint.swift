/// A rule that a weight obeys after each update.
package protocol Constraint: Configurable {
    /// The object that holds weights of a shape to the rule.
    func makeOperation(shape: [Int]) -> ConstraintOperation
}

/// Projects a weight onto what its constraint allows.
package class ConstraintOperation {
    /// Changes `values` in place.
    func apply(_ values: UnsafeMutablePointer<Float>) {}
}
