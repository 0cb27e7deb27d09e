import Protocol

/// Its input, whose size is added to the loss: `l1 · Σ |x| + l2 · Σ x²`, a sample's share
/// (keras/src/layers/regularization/activity_regularization.py).
struct ActivityRegularization: Layer {
    static let className = "ActivityRegularization"
    static let arguments: [Argument] =
        Argument.layer + [.penalty("l1", default: 0.0), .penalty("l2", default: 0.0)]

    let configuration: Arguments
    let activityRegularizer: (any Regularizer)?

    init(_ arguments: Arguments) throws {
        configuration = arguments
        var penalty = Arguments.defaults(of: L1L2.arguments, className: L1L2.className)
        for name in ["l1", "l2"] { penalty.set(name, .number(arguments.number(name))) }
        activityRegularizer = L1L2(penalty)
    }

    func outputMask(for input: Shape, mask: Shape?) throws -> MaskRule { .pass }

    var isView: Bool { true }

    func makeOperation(_ site: Site) throws -> Operation { Operation() }
}
