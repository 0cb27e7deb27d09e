import Protocol

/// Its input (keras/src/layers/core/identity.py).
struct Identity: Layer {
    static let className = "Identity"
    static let arguments: [Argument] = Argument.layer + Argument.layerBehaviour

    let configuration: Arguments

    init(_ arguments: Arguments) { configuration = arguments }

    func outputMask(for input: Shape, mask: Shape?) throws -> MaskRule { .pass }

    package func handsOnInput(isTraining: Bool) -> Bool { true }

    func makeOperation(_ site: Site) throws -> Operation { Operation() }
}
