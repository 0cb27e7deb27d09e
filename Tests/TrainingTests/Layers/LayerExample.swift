import Protocol
import Training

/// A layer to hold against the contract: its class, its arguments, and inputs that it takes.
struct LayerExample: Sendable, CustomStringConvertible {
    /// What the inputs are drawn from.
    enum Values: Sendable {
        case normal
        /// Whole numbers below a limit.
        case indices(Int)
    }

    let className: String
    let arguments: JSONValue
    /// Shapes with the batch.
    let shapes: [[Int]]
    let values: Values
    /// Whether a mask on the steps is laid on the input.
    let isMasked: Bool
    /// Whether the output goes smoothly with the input, so that differences of it tell the gradient.
    let isSmooth: Bool
    /// Whether a training step changes the weights by itself, so that differences do not tell their gradients.
    let changesWeights: Bool

    var description: String {
        "\(className)\(arguments == [:] ? "" : " \(arguments)")\(isMasked ? " masked" : "")"
    }

    init(
        _ className: String, _ arguments: JSONValue = [:], _ shapes: [Int]..., values: Values = .normal,
        isMasked: Bool = false, isSmooth: Bool = true, changesWeights: Bool = false
    ) {
        self.className = className
        self.arguments = arguments
        self.shapes = shapes
        self.values = values
        self.isMasked = isMasked
        self.isSmooth = isSmooth
        self.changesWeights = changesWeights
    }

    /// The layer, as a client would state it.
    func makeLayer() throws -> any Layer {
        let definition = try ModelDefinition(
            reading: ["layers": [["class_name": .string(className), "config": arguments]]])
        guard let layer = try Sequential(definition).layers.first else { throw Missing() }
        return layer
    }

    private struct Missing: Error {}

    /// An input of a shape.
    func input(_ shape: [Int], seed: UInt64) -> [Float] {
        var generator = TestRandom(state: seed)
        return (0..<shape.reduce(1, *)).map { _ in
            switch values {
            case .normal: Float(generator.normal())
            case .indices(let limit): Float(Int(generator.uniform() * Double(limit)))
            }
        }
    }

    /// A mask of the steps of an input: the first step of each other row is masked, and some more, but not the last.
    func mask(_ shape: [Int], seed: UInt64) -> [UInt8]? {
        guard isMasked else { return nil }
        var generator = TestRandom(state: seed &+ 99)
        return (0..<shape[0] * shape[1]).map { index in
            let isDropped = generator.uniform() < 0.3 || index % (2 * shape[1]) == 0
            return isDropped && index % shape[1] != shape[1] - 1 ? 0 : 1
        }
    }
}
