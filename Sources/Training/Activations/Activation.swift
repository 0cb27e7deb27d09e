import Kernels
import Protocol

/// An activation function, by Keras's name (keras/src/activations) or by an expression of `x`.
package struct Activation: Sendable, Hashable {
    /// How it is computed.
    package enum Form: Sendable, Hashable {
        /// Each element by itself.
        case elementwise(ActivationKind)
        /// Along the last axis.
        case softmax, logSoftmax, sparsemax
        /// Halves the last axis.
        case glu
        /// Of the client's own, over the tensor as the layer has it.
        case expression(UserExpression)
    }

    /// Keras's name, such as `relu`, or the expression's.
    package let name: String
    package let form: Form
    /// What Keras writes for a layer that stands for a function, such as `LeakyReLU`; nil for a function.
    private var layer: JSONValue?

    /// The identity.
    package static let linear = Activation(name: "linear", form: .elementwise(.linear))
    package static let softmax = Activation(name: "softmax", form: .softmax)
    package static let tanh = Activation(name: "tanh", form: .elementwise(.tanh))
    package static let sigmoid = Activation(name: "sigmoid", form: .elementwise(.sigmoid))

    /// Keras's activations, in alphabetical order, and the other names that find them.
    static let known: [(activation: Activation, aliases: [String])] = {
        func elementwise(_ name: String, _ kind: ActivationKind, _ aliases: [String] = []) -> (
            Activation, [String]
        ) {
            (Activation(name: name, form: .elementwise(kind)), aliases)
        }
        return [
            elementwise("celu", .celu(alpha: 1)),
            elementwise("elu", .elu(alpha: 1)),
            elementwise("exponential", .exponential),
            elementwise("gelu", .gelu(approximate: false)),
            (Activation(name: "glu", form: .glu), []),
            elementwise("hard_shrink", .hardShrink(threshold: 0.5)),
            elementwise("hard_sigmoid", .hardSigmoid),
            elementwise("hard_silu", .hardSiLU, ["hard_swish"]),
            elementwise("hard_tanh", .hardTanh),
            elementwise("leaky_relu", .leakyReLU(negativeSlope: 0.2)),
            (linear, ["identity"]),
            elementwise("log_sigmoid", .logSigmoid),
            (Activation(name: "log_softmax", form: .logSoftmax), []),
            elementwise("mish", .mish),
            elementwise("relu", .relu()),
            elementwise("relu6", .relu6),
            elementwise("selu", .selu),
            (sigmoid, []),
            elementwise("silu", .silu, ["swish"]),
            elementwise("soft_shrink", .softShrink(threshold: 0.5)),
            (softmax, []),
            elementwise("softplus", .softplus),
            elementwise("softsign", .softsign),
            elementwise("sparse_plus", .sparsePlus),
            elementwise("sparse_sigmoid", .sparseSigmoid),
            (Activation(name: "sparsemax", form: .sparsemax), []),
            elementwise("squareplus", .squareplus(b: 4)),
            (tanh, []),
            elementwise("tanh_shrink", .tanhShrink),
            elementwise("threshold", .threshold(0, defaultValue: 0)),
        ]
    }()

    /// The names of all activations.
    package static var names: [String] { known.map(\.activation.name) }

    /// Reads a name, an expression, or a layer that is nothing but a function; notes what is wrong and gives nil.
    init?(reading value: JSONValue, at place: JSONPointer, faults: Faults) {
        if UserExpression.isOne(value) {
            guard
                let function = UserExpression(
                    reading: value, inputs: [UserExpression.tensor], at: place, faults: faults)
            else { return nil }
            self.init(name: function.name, form: .expression(function))
            return
        }
        guard let name = value.string ?? value["config"]?.string ?? value["class_name"]?.string else {
            faults.add(place, "An activation is a name, not \(value.brief).")
            return nil
        }
        guard let found = Self.known.first(where: { $0.activation.name == name || $0.aliases.contains(name) })
        else {
            if value.object != nil, Registry.layers.entry(named: name) != nil {
                self.init(layer: value, at: place, faults: faults)
                return
            }
            faults.add(
                place,
                "Unknown activation '\(name.prefix(80))'. \(Suggestion.sentence(for: name, among: Self.names))"
                    + (value["class_name"] == "function" ? " \(UserExpression.advice)" : ""))
            return nil
        }
        self = found.activation
    }

    init(name: String, form: Form) {
        self.name = name
        self.form = form
    }

    /// Reads a layer, such as `{"class_name": "LeakyReLU", "config": {"negative_slope": 0.1}}`.
    private init?(layer value: JSONValue, at place: JSONPointer, faults: Faults) {
        guard let layer = Registry.layers.read(value, at: place, faults: faults) else { return nil }
        let className = type(of: layer).className
        switch layer {
        case let layer as any ElementwiseLayer: form = .elementwise(layer.kind)
        case let layer as ActivationLayer: form = layer.configuration.activation().form
        case let layer as Softmax where layer.configuration.integers("axis") == [-1]: form = .softmax
        default:
            faults.add(
                place,
                "\(className) is no activation here; put it behind the layer, as a layer of its own."
            )
            return nil
        }
        name = layer.name.isEmpty ? Naming.snakeCase(className) : layer.name
        guard var object = Registry.layers.json(layer).object, var config = object["config"]?.object else {
            return nil
        }
        config["name"] = .string(name)
        object["config"] = .object(config)
        self.layer = .object(object)
    }

    /// Whether both compute the same, under whatever name.
    package static func == (first: Activation, second: Activation) -> Bool { first.form == second.form }

    package func hash(into hasher: inout Hasher) { hasher.combine(form) }

    /// The form that Keras writes.
    var json: JSONValue {
        if case .expression(let function) = form { return function.json }
        return layer ?? .string(name)
    }

    /// The shape that it makes of another.
    func outputShape(for shape: Shape) throws -> Shape {
        if case .expression(let function) = form { return try function.keepsShape(of: shape) }
        guard form == .glu else { return shape }
        let last = try shape.size(-1, for: "glu")
        guard last % 2 == 0 else {
            throw ShapeError("glu halves the last axis, whose size is \(last), an odd number.")
        }
        var halved = shape
        halved[-1] = last / 2
        return halved
    }

    /// Whether it changes nothing.
    var isLinear: Bool { form == .elementwise(.linear) }

    /// Whether `backward` reads what went in, so that it has to be kept.
    var backwardNeedsInput: Bool {
        switch form {
        case .elementwise(let kind): kind.backwardNeedsInput
        case .softmax, .logSoftmax: false
        case .glu, .sparsemax, .expression: true
        }
    }

    /// Whether each element of the output depends on the same element of the input alone.
    var isElementwise: Bool {
        switch form {
        case .elementwise: true
        case .softmax, .logSoftmax, .sparsemax, .glu: false
        case .expression(let function): function.isElementwise
        }
    }

    /// Whether a sample's output may depend on the others of the batch.
    var mixesSamples: Bool {
        if case .expression(let function) = form { !function.isElementwise } else { false }
    }
}
