import Foundation
import Protocol
import Training

/// A layer to hold against the contract: its class, its arguments, and inputs that it takes.
///
/// The examples stand in `Fixtures/Layers/examples.json`, which `generate.py` beside it reads too; its head tells their
/// members.
struct LayerExample: Sendable, CustomStringConvertible {
    /// What the inputs are drawn from.
    enum Values: Sendable {
        case normal
        /// Whole numbers below a limit.
        case indices(Int)
    }

    /// The example as it stands in the list.
    let json: JSONValue
    let className: String
    private(set) var arguments: JSONValue
    let values: Values
    /// Whether a mask on the steps is laid on the input.
    let isMasked: Bool
    /// Whether the output goes smoothly with the input, so that differences of it tell the gradient.
    let isSmooth: Bool
    /// Whether a training step changes the weights by itself, and computes with the changed ones.
    let changesWeights: Bool
    /// Whether the output depends on the input through what has no gradient, so that differences do not tell it.
    let stopsGradients: Bool
    /// Three shapes or more with the batch, drawn from those that the example allows.
    let shapes: [[Int]]

    var description: String {
        "\(className)\(arguments == [:] ? "" : " \(arguments)")\(isMasked ? " masked" : "")"
    }

    /// A layer by itself, without inputs.
    init(_ className: String, _ arguments: JSONValue) {
        json = .null
        self.className = className
        self.arguments = arguments
        values = .normal
        (isMasked, isSmooth, changesWeights, stopsGradients) = (false, true, false, false)
        shapes = []
    }

    /// Reads an example; nil when it has no class or no shapes.
    init?(reading json: JSONValue) {
        guard let className = json["class_name"]?.string, let allowed = json["shapes"]?.array,
            !allowed.isEmpty
        else { return nil }
        self.json = json
        self.className = className
        arguments = json["config"] ?? [:]
        values = json["whole_numbers_below"]?.integer.map { .indices($0) } ?? .normal
        isMasked = json["masked"]?.bool ?? false
        isSmooth = json["smooth"]?.bool ?? true
        changesWeights = json["changes_weights"]?.bool ?? false
        stopsGradients = json["stops_gradients"]?.bool ?? false
        shapes = (0..<max(3, allowed.count)).map { index in
            var generator = TestRandom(state: UInt64(index + 1))
            return (allowed[index % allowed.count].array ?? []).map { Self.size($0, &generator) }
        }
    }

    /// One of the sizes that an axis may have.
    private static func size(_ axis: JSONValue, _ generator: inout TestRandom) -> Int {
        guard let range = axis.array?.compactMap(\.integer), range.count > 1 else {
            return axis.integer ?? 1
        }
        let step = range.count > 2 ? range[2] : 1
        let count = (range[1] - range[0]) / step + 1
        return range[0] + Int(generator.uniform() * Double(count)) * step
    }

    /// The layer, as a client would state it.
    func makeLayer() throws -> any Layer {
        let definition = try ModelDefinition(reading: ["layers": [definition]])
        guard let layer = try Sequential(definition).layers.first else { throw Missing() }
        return layer
    }

    /// The same layer by another configuration.
    func with(_ arguments: JSONValue) -> LayerExample {
        var copy = self
        copy.arguments = arguments
        return copy
    }

    /// The layer's definition.
    var definition: JSONValue { ["class_name": .string(className), "config": arguments] }

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

extension LayerExample {
    /// Classes that are parts of other layers and stand in no stack by themselves.
    static let parts: Set<String> = [
        "LSTMCell", "GRUCell", "SimpleRNNCell", "StackedRNNCells", "InputLayer",
    ]

    /// At least one example of every layer.
    static let all: [LayerExample] = fixture("examples").compactMap { LayerExample(reading: $0) }

    /// A list in `Fixtures/Layers`.
    static func fixture(_ name: String) -> [JSONValue] {
        let file = KerasCase.folder.deletingLastPathComponent().appending(path: "Layers/\(name).json")
        let text = (try? Data(contentsOf: file)).map { [UInt8]($0) } ?? []
        return (try? JSONValue(parsing: text).array) ?? []
    }
}
