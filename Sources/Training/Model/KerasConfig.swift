import Protocol

extension Sequential {
    /// What Keras 3's `model.to_json()` holds, and `keras.models.model_from_json` reads.
    public var kerasConfig: JSONValue {
        var layers: [JSONValue] = []
        var names = LayerNames.automatic(definition)
        if let inputShape {
            layers.append(
                Self.inputLayer(
                    inputShape, dtype: definition.inputDType, name: definition.inputName ?? "input_layer"))
        }
        for (index, layer) in stack.layers.enumerated() {
            var input = built?[index].input
            // A layer adapted to data was built for them before it came into the stack.
            if layer is Normalization, let stated = definition.layers[index].buildShape,
                input?.batch(nil).accepts(stated) ?? false
            {
                input = stated
            }
            layers.append(Self.json(layer, builtFor: input, &names))
        }
        var config: JSONObject = [
            "name": .string(definition.name), "trainable": .bool(definition.trainable),
            "dtype": Self.floatPolicy, "layers": .array(layers),
        ]
        var document: JSONObject = ["module": "keras", "class_name": "Sequential"]
        if let inputShape { config["build_input_shape"] = inputShape.json }
        document["config"] = .object(config)
        document["registered_name"] = .null
        if let inputShape { document["build_config"] = ["input_shape": inputShape.json] }
        document["compile_config"] = [:]
        return .object(document)
    }

    private static let floatPolicy: JSONValue = [
        "module": "keras", "class_name": "DTypePolicy", "config": ["name": "float32"], "registered_name": nil,
    ]

    private static func inputLayer(_ shape: Shape, dtype: String, name: String) -> JSONValue {
        [
            "module": "keras.layers", "class_name": "InputLayer",
            "config": [
                "batch_shape": shape.json, "dtype": .string(dtype), "sparse": false, "ragged": false,
                "name": .string(name), "optional": false,
            ],
            "registered_name": nil,
        ]
    }

    /// A layer as Keras writes it, with the shape that it was built for, and the layers inside it likewise.
    private static func json(
        _ layer: any Layer, builtFor input: Shape?, _ names: inout Naming.Automatic
    ) -> JSONValue {
        guard case .object(var object) = Registry.layers.json(layer),
            case .object(var config) = object["config"]
        else { return .null }
        let input = (layer as? SequentialLayer)?.statedInput ?? input
        if let stack = layer as? SequentialLayer {
            object["module"] = "keras"
            var layers = inner(stack.layers, builtFor: input, &names) { try? $0.outputShape(for: $1) }
            if let input, !(stack.layers.first is InputLayer) {
                layers.insert(
                    inputLayer(input, dtype: "float32", name: names.next("input_layer")), at: 0)
            }
            config["layers"] = .array(layers)
            if let input { config["build_input_shape"] = input.json }
        }
        settle(&config, of: layer, builtFor: input)
        if let cells = (layer as? StackedRNNCells)?.cells {
            config["cells"] = .array(
                inner(cells, builtFor: input, &names) { cell, input in
                    (cell as? any RecurrentCell).map { Shape([input[0], $0.stateSizes[0]]) }
                })
        }
        for key in ["layer", "backward_layer", "cell"] {
            guard let inside = wrapped(by: layer, as: key) else { continue }
            config[key] = json(inside, builtFor: input.map { innerInput($0, of: layer) }, &names)
        }
        object["config"] = .object(config)
        if let input, !isBuiltAtOnce.contains(type(of: layer).className) {
            object["build_config"] = ["input_shape": input.json]
        }
        if layer is SequentialLayer { object["compile_config"] = [:] }
        return .object(object)
    }

    /// What Keras makes of arguments as it builds a layer, and the one that it forgets to write.
    private static func settle(_ config: inout JSONObject, of layer: any Layer, builtFor input: Shape?) {
        if layer is SimpleRNN { config["seed"] = nil }
        guard let input else { return }
        if layer is LayerNormalization || layer is RMSNormalization, let axis = config["axis"],
            axis.array == nil
        {
            config["axis"] = [axis]
        }
        if let groups = (layer as? GroupNormalization)?.groups(for: input) {
            config["groups"] = .integer(Int64(groups))
        }
    }

    /// Layers one behind the other, each built for what the one before gives.
    private static func inner(
        _ layers: [any Layer], builtFor input: Shape?, _ names: inout Naming.Automatic,
        output: (any Layer, Shape) -> Shape?
    ) -> [JSONValue] {
        var shape = input
        var result: [JSONValue] = []
        for layer in layers {
            result.append(json(layer, builtFor: shape, &names))
            shape = shape.flatMap { output(layer, $0) }
        }
        return result
    }

    private static func wrapped(by layer: any Layer, as key: String) -> (any Layer)? {
        guard let pair = layer as? Bidirectional else { return layer.configuration.layer(key) }
        return key == "layer" ? pair.forward : key == "backward_layer" ? pair.backward : nil
    }

    /// What a layer hands to the layer inside it: TimeDistributed and RNN one step at a time.
    private static func innerInput(_ input: Shape, of layer: any Layer) -> Shape {
        guard layer is TimeDistributed || layer is RNN, input.rank > 2 else { return input }
        return Shape([input[0]] + input.dimensions.dropFirst(2))
    }

    /// The classes that Keras builds as it makes them (`_build_at_init`), and so writes without a shape.
    private static let isBuiltAtOnce: Set<String> = [
        "Activation", "ActivityRegularization", "AlphaDropout", "AveragePooling1D", "AveragePooling2D",
        "AveragePooling3D", "Dropout", "ELU", "GaussianDropout", "GaussianNoise", "GlobalAveragePooling1D",
        "GlobalAveragePooling2D", "GlobalAveragePooling3D", "GlobalMaxPooling1D", "GlobalMaxPooling2D",
        "GlobalMaxPooling3D", "Identity", "InputLayer", "LeakyReLU", "Masking", "MaxPooling1D",
        "MaxPooling2D",
        "MaxPooling3D", "ReLU", "Reshape", "Softmax", "SpatialDropout1D", "SpatialDropout2D",
        "SpatialDropout3D", "UnitNormalization",
    ]
}
