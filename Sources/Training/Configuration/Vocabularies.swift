import OrderedCollections
import Protocol

/// All classes that can stand in a model, its compile options and its fit, for the service to list.
public enum Vocabularies {
    /// Each kind's classes with their other names, arguments and defaults: `layers`, `activations`, `losses`,
    /// `optimizers`, `schedules`, `metrics`, `initializers`, `regularizers`, `constraints`, `callbacks`.
    public static var json: JSONObject {
        [
            "layers": list(Registry.layers), "activations": activations, "losses": list(Registry.losses),
            "optimizers": list(Registry.optimizers), "schedules": list(Registry.schedules),
            "metrics": list(Registry.metrics), "initializers": list(Registry.initializers),
            "regularizers": list(Registry.regularizers), "constraints": list(Registry.constraints),
            "callbacks": list(Registry.callbacks),
        ]
    }

    private static var activations: JSONValue {
        .array(
            Activation.known.map { activation, aliases in
                ["name": .string(activation.name), "aliases": .array(aliases.map { .string($0) })]
            })
    }

    private static func list<Item>(_ vocabulary: Vocabulary<Item>) -> JSONValue {
        .array(
            vocabulary.entries.map { entry in
                [
                    "name": .string(entry.className),
                    "aliases": .array(
                        ([Naming.snakeCase(entry.className)] + entry.aliases).filter { $0 != entry.className }
                            .map { .string($0) }),
                    "arguments": .array(entry.arguments.compactMap(describe)),
                ]
            })
    }

    /// An argument; nothing for those that older versions had and that say nothing now.
    private static func describe(_ argument: Argument) -> JSONValue? {
        if case .legacy = argument.kind { return nil }
        var members: JSONObject = [
            "name": .string(argument.name), "required": .bool(argument.defaultValue == nil),
        ]
        if let value = argument.defaultValue { members["default"] = value }
        return .object(members)
    }
}
