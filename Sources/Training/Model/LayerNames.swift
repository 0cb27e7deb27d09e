import OrderedCollections
import Protocol

/// Gives every layer of a definition a name, as Keras does where the client did not.
enum LayerNames {
    /// The same definition with all names filled in; two layers side by side with one name are a fault.
    static func assign(_ definition: ModelDefinition, faults: Faults) -> ModelDefinition {
        var result = definition
        var automatic = automatic(definition)
        if result.inputShape != nil, result.inputName == nil {
            result.inputName = automatic.next("input_layer")
        }
        var seen: Set<String> = []
        for index in result.layers.indices {
            name(&result.layers[index].config, className: result.layers[index].className, &automatic)
            let name = result.layers[index].config["name"]?.string ?? ""
            if !seen.insert(name).inserted {
                faults.add(
                    result.layers[index].pointer.appending("name"),
                    "Two layers are named '\(name.prefix(80))'; names are unique in a stack.")
            }
        }
        return result
    }

    /// Names that no layer of a definition has.
    static func automatic(_ definition: ModelDefinition) -> Naming.Automatic {
        var taken: Set<String> = []
        if let name = definition.inputName { taken.insert(name) }
        for layer in definition.layers { collect(.object(layer.config), into: &taken) }
        return Naming.Automatic(taken: taken)
    }

    /// The members of a configuration that hold layers.
    private static let inner = ["layers", "layer", "backward_layer", "cell", "cells"]

    private static func collect(_ config: JSONValue, into taken: inout Set<String>) {
        guard let object = config.object else { return }
        if let name = object["name"]?.string { taken.insert(name) }
        for key in inner {
            for layer in object[key]?.array ?? [object[key] ?? .null] {
                if let nested = layer["config"] { collect(nested, into: &taken) }
            }
        }
    }

    private static func name(
        _ config: inout JSONObject, className: String, _ automatic: inout Naming.Automatic
    ) {
        for key in inner {
            if let layers = config[key]?.array {
                config[key] = .array(layers.map { named($0, &automatic) })
            } else if let layer = config[key], layer.object != nil {
                config[key] = named(layer, &automatic)
            }
        }
        if config["name"]?.string.map(\.isEmpty) ?? true {
            config["name"] = .string(automatic.next(Naming.snakeCase(className)))
        }
    }

    private static func named(_ layer: JSONValue, _ automatic: inout Naming.Automatic) -> JSONValue {
        guard var object = layer.object, let className = object["class_name"]?.string else { return layer }
        if var config = object["config"]?.object {
            name(&config, className: className, &automatic)
            object["config"] = .object(config)
        } else if object["config"] == nil {
            name(&object, className: className, &automatic)
        }
        return .object(object)
    }
}
