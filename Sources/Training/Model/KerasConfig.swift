import Protocol

extension Sequential {
    /// What Keras 3's `model.to_json()` holds, and `keras.models.model_from_json` reads.
    public var kerasConfig: JSONValue {
        var layers: [JSONValue] = []
        if let inputShape {
            layers.append(
                Self.inputLayer(
                    inputShape, dtype: definition.inputDType, name: definition.inputName ?? "input_layer"))
        }
        for (index, layer) in stack.layers.enumerated() {
            layers.append(Self.json(layer, builtFor: built?[index].input))
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

    /// A layer as Keras writes it, with the shape that it was built for.
    private static func json(_ layer: any Layer, builtFor input: Shape?) -> JSONValue {
        guard case .object(var object) = Registry.layers.json(layer) else { return .null }
        if layer is SequentialLayer { object["module"] = "keras" }
        if let input { object["build_config"] = ["input_shape": input.json] }
        return .object(object)
    }
}
