/// What layers inside other layers say of their inputs, as Keras 1 and 2 wrote it.
enum InnerInputs {
    /// The members of a configuration that hold layers.
    private static let members = ["layers", "layer", "backward_layer", "cell", "cells"]

    /// A layer whose inner layers state no inputs any more: what the first layer of a stack stated becomes the stack's
    /// `build_input_shape`; elsewhere Keras takes no notice of it.
    static func settled(_ layer: LayerDefinition, faults: Faults) -> LayerDefinition {
        var layer = layer
        for key in members {
            let place = layer.pointer.appending(key)
            if let items = layer.config[key]?.array {
                if layer.className == "Sequential", layer.config["build_input_shape"] == nil,
                    let shape = items.first.flatMap({ stated($0, at: place.appending(0)) })
                {
                    layer.config["build_input_shape"] = shape.json
                }
                layer.config[key] = .array(
                    items.enumerated().map { settled($1, at: place.appending($0), faults: faults) })
            } else if let item = layer.config[key], item.object != nil {
                layer.config[key] = settled(item, at: place, faults: faults)
            }
        }
        return layer
    }

    /// An inner layer in the form in which it was written.
    private static func settled(_ json: JSONValue, at place: JSONPointer, faults: Faults) -> JSONValue {
        guard var object = json.object,
            var layer = LayerDefinition(reading: json, at: place, faults: Faults())
        else { return json }  // it is read again where it is made, and its faults are told there
        if !isInput(layer) { layer.config = InputSpelling(layer, faults: faults).config }
        layer = settled(layer, faults: faults)
        guard object["config"]?.isNull ?? true else {
            object["config"] = .object(layer.config)
            return .object(object)
        }
        var flat = layer.config
        flat["class_name"] = .string(layer.className)
        return .object(flat)
    }

    /// The input's shape that a layer states: its own, or that of the first layer in a stack.
    private static func stated(_ json: JSONValue, at place: JSONPointer) -> Shape? {
        LayerDefinition(reading: json, at: place, faults: Faults()).flatMap(stated)
    }

    /// The same of a layer that has been read.
    static func stated(_ layer: LayerDefinition) -> Shape? {
        if let shape = InputSpelling(layer, faults: Faults()).shape { return shape }
        guard layer.className == "Sequential" else { return nil }
        if let first = layer.config["layers"]?.array?.first,
            let shape = stated(first, at: layer.pointer.appending("layers").appending(0))
        {
            return shape
        }
        return layer.config["build_input_shape"].flatMap {
            $0.isNull ? nil : Shape(reading: $0, at: layer.pointer, faults: Faults())
        }
    }

    private static func isInput(_ layer: LayerDefinition) -> Bool {
        layer.className == "InputLayer" || layer.className == "Input"
    }
}
