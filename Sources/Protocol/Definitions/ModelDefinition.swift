/// A Sequential stack as a client defined it, whatever the spelling: Keras 3's or Keras 2's `to_json()`, the
/// short form, or the short form with each layer's arguments beside its `class_name`.
public struct ModelDefinition: Sendable, Hashable {
    /// The model's name in Keras.
    public var name: String
    /// The input's shape with the batch; nil for a stack that is built at its first fit.
    public var inputShape: Shape?
    /// The input's element type as the client stated it.
    public var inputDType: String
    /// The input layer's own name.
    public var inputName: String?
    /// The layers in order, without the input layer.
    public var layers: [LayerDefinition]
    /// Whether the weights of the stack are trained.
    public var trainable: Bool
    /// What the initial weights are drawn from; the same seed and layers give the same weights.
    public var seed: UInt64

    /// The most layers a stack may have.
    public static let mostLayers = 2000

    /// An empty stack.
    public init(name: String = "sequential", layers: [LayerDefinition] = [], seed: UInt64 = 0) {
        self.name = name
        self.layers = layers
        self.seed = seed
        trainable = true
        inputDType = "float32"
    }

    /// Reads any of the spellings; throws a problem that lists every fault.
    public init(reading json: JSONValue) throws(Problem) {
        let faults = Faults()
        self.init(reading: json, at: .root, faults: faults)
        try faults.check()
    }

    /// Reads any of the spellings, gathering the faults.
    public init(reading json: JSONValue, at place: JSONPointer, faults: Faults) {
        self.init()
        guard let object = json.object else {
            faults.add(place, "A model is an object with a list of layers, not \(json.kind).")
            return
        }
        if let className = object["class_name"]?.string, className != "Sequential" {
            faults.add(
                place.appending("class_name"),
                "Only Sequential models are trained here, not '\(className.prefix(80))'.")
            return
        }
        readEnvelope(object, at: place, faults: faults)
        switch object["config"] {
        case .object(let config): readStack(config, at: place.appending("config"), faults: faults)
        case .array(let layers): read(layers: layers, at: place.appending("config"), faults: faults)
        case nil: readStack(object, at: place, faults: faults)
        case let other?:
            faults.add(place.appending("config"), "config is an object with layers, not \(other.kind).")
        }
    }

    private mutating func readEnvelope(_ object: JSONObject, at place: JSONPointer, faults: Faults) {
        switch object["seed"] {
        case nil, .null: break
        case .integer(let value) where value >= 0: seed = UInt64(value)
        case let other?:
            faults.add(place.appending("seed"), "seed is a whole number from 0, not \(other.brief).")
        }
    }

    /// The members of a stack's configuration, beside those that Keras writes and that say nothing here.
    private static let known: Set<String> = [
        "name", "layers", "trainable", "dtype", "build_input_shape", "seed", "class_name", "module",
        "registered_name", "build_config", "compile_config", "keras_version", "backend",
    ]

    private mutating func readStack(_ config: JSONObject, at place: JSONPointer, faults: Faults) {
        for key in config.keys where !Self.known.contains(key) {
            faults.add(
                place.appending(key),
                "Unknown member '\(key.prefix(80))'. \(Suggestion.sentence(for: key, among: ["name", "layers", "seed"]))"
            )
        }
        switch config["name"] {
        case nil, .null: break
        case .string(let value) where !value.isEmpty && value.utf8.count <= 128: name = value
        case let other?:
            faults.add(place.appending("name"), "A name is a string of 1 to 128 bytes, not \(other.brief).")
        }
        if let value = config["trainable"] {
            if let flag = value.bool {
                trainable = flag
            } else {
                faults.add(place.appending("trainable"), "trainable is true or false, not \(value.brief).")
            }
        }
        if let value = config["dtype"], !value.isNull,
            !["float32", "float64"].contains(Self.dtypeName(value))
        {
            faults.add(
                place.appending("dtype"),
                "dtype is float32 or float64, not \(Self.dtypeName(value).map { "'\($0.prefix(40))'" } ?? value.brief)."
            )
        }
        guard let layers = config["layers"]?.array else {
            faults.add(
                place.appending("layers"), "A Sequential model needs a list of layers; it may be empty.")
            return
        }
        read(layers: layers, at: place.appending("layers"), faults: faults)
        if inputShape == nil, let value = config["build_input_shape"], !value.isNull {
            inputShape = Shape(reading: value, at: place.appending("build_input_shape"), faults: faults)
        }
    }

    private mutating func read(layers: [JSONValue], at place: JSONPointer, faults: Faults) {
        // An input layer may stand before them, and does in what is kept of a definition.
        guard layers.count <= Self.mostLayers + 1 else {
            faults.add(place, "A stack has at most \(Self.mostLayers) layers, not \(layers.count).")
            return
        }
        for (index, json) in layers.enumerated() {
            guard let layer = LayerDefinition(reading: json, at: place.appending(index), faults: faults)
            else {
                continue
            }
            append(layer, faults: faults)
        }
    }

    /// Keras's `.add()`: appends a layer; the first one may state the input's shape.
    public mutating func append(_ layer: LayerDefinition, faults: Faults) {
        let spelling = InputSpelling(layer, faults: faults)
        if layer.className == "InputLayer" || layer.className == "Input" {
            guard layers.isEmpty, inputShape == nil else {
                faults.add(
                    layer.classPointer,
                    "An input layer stands first and only once; the input's shape is known already.")
                return
            }
            if spelling.shape == nil, faults.isEmpty {
                faults.add(layer.pointer, "An input layer needs a shape, such as \"shape\": [100].")
            }
            inputName = layer.config["name"]?.string
        }
        if layers.isEmpty, inputShape == nil {
            inputShape = spelling.shape ?? InnerInputs.stated(layer)
        }
        if layer.className == "InputLayer" || layer.className == "Input" {
            readInput(spelling.config, at: layer.pointer, faults: faults)
        } else {
            guard layers.count < Self.mostLayers else {
                faults.add(layer.pointer, "A stack has at most \(Self.mostLayers) layers.")
                return
            }
            var layer = layer
            layer.config = spelling.config
            layers.append(InnerInputs.settled(layer, faults: faults))
        }
    }

    private mutating func readInput(_ config: JSONObject, at place: JSONPointer, faults: Faults) {
        let known = [
            "shape", "batch_shape", "batch_size", "dtype", "name", "sparse", "ragged", "optional",
            "trainable",
        ]
        for (key, value) in config {
            switch key {
            case "dtype": inputDType = Self.dtypeName(value) ?? "float32"
            case "sparse", "ragged", "optional":
                if value == true {
                    faults.add(place.appending(key), "\(key) inputs are not taken; send a dense array.")
                }
            case "name", "trainable": break
            default:
                faults.add(
                    place.appending(key),
                    "Unknown argument '\(key.prefix(80))'. \(Suggestion.sentence(for: key, among: known))")
            }
        }
    }

    /// The name of an element type, written as a string or as Keras 3's DTypePolicy.
    public static func dtypeName(_ value: JSONValue) -> String? {
        value.string ?? value["config"]?["name"]?.string
    }

    /// Keras's `.pop()`: takes the last layer away; false when there is none.
    public mutating func removeLast() -> Bool {
        guard !layers.isEmpty else { return false }
        layers.removeLast()
        return true
    }

    /// A form that `init(reading:)` reads back as the same stack.
    public var json: JSONValue {
        var items: [JSONValue] = layers.map(\.json)
        if let inputShape {
            var config: JSONObject = ["batch_shape": inputShape.json, "dtype": .string(inputDType)]
            if let inputName { config["name"] = .string(inputName) }
            items.insert(["class_name": "InputLayer", "config": .object(config)], at: 0)
        }
        return [
            "name": .string(name), "trainable": .bool(trainable), "seed": .integer(Int64(clamping: seed)),
            "layers": .array(items),
        ]
    }
}
