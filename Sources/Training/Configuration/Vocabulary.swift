import OrderedCollections
import Protocol

/// The classes of one kind that are known: how to read one from JSON, how Keras writes it, and how to list them.
package struct Vocabulary<Item: Sendable>: Sendable {
    /// One class.
    package struct Entry: Sendable {
        /// Keras's class name.
        package let className: String
        /// Other names that find it.
        package let aliases: [String]
        /// Its arguments.
        package let arguments: [Argument]
        let make: @Sendable (Arguments) throws -> Item
    }

    /// What the items are called in messages, such as `layer`.
    package let kind: String
    /// The module that Keras writes beside the class name, such as `keras.layers`.
    package let module: String
    /// The classes, in the order in which they are listed.
    package let entries: [Entry]
    private let byName: [String: Int]

    /// Words that stand for one class or another by the shapes, such as `accuracy`.
    private let words: [String]

    init(_ kind: String, module: String, words: [String] = [], _ entries: [Entry]) {
        self.kind = kind
        self.words = words
        self.module = module
        self.entries = entries
        var byName: [String: Int] = [:]
        for (index, entry) in entries.enumerated() {
            let spellings = [
                entry.className, Naming.snakeCase(entry.className), entry.className.lowercased(),
            ]
            for name in spellings + entry.aliases {
                byName[name] = byName[name] ?? index
            }
        }
        self.byName = byName
    }

    /// The class of this name, in any of Keras's spellings.
    package func entry(named name: String) -> Entry? {
        // Keras looks up optimizers, and nothing else, whatever the case.
        (byName[name] ?? (kind == "optimizer" ? byName[name.lowercased()] : nil)).map { entries[$0] }
    }

    /// The names of all classes.
    package var names: [String] { entries.map(\.className) }

    /// Reads a name, or `{"class_name", "config"}`; notes what is wrong and gives nil.
    package func read(_ value: JSONValue, at place: JSONPointer, faults: Faults) -> Item? {
        if let name = value.string {
            return make(name, [:], at: place, namedAt: place, faults: faults)
        }
        guard let className = value["class_name"]?.string else {
            faults.add(
                place, "A \(kind) is a name or an object with class_name and config, not \(value.brief).")
            return nil
        }
        if className == "function", let name = value["config"]?.string {
            // What Keras writes for a function: one of its own, or one that it knows by the name alone.
            if entry(named: name) != nil { return make(name, [:], at: place, namedAt: place, faults: faults) }
            faults.add(
                place,
                "Unknown \(kind) '\(name.prefix(80))'. \(Suggestion.sentence(for: name, among: words + names)) \(UserExpression.advice)"
            )
            return nil
        }
        switch value["config"] ?? .object([:]) {
        case .object(let config):
            return make(
                className, config, at: place.appending("config"), namedAt: place.appending("class_name"),
                faults: faults)
        case .null:
            return make(className, [:], at: place, namedAt: place.appending("class_name"), faults: faults)
        case let other:
            faults.add(place.appending("config"), "config is an object of arguments, not \(other.brief).")
            return nil
        }
    }

    /// Makes an item of a class from a configuration.
    func make(
        _ name: String, _ config: JSONObject, at place: JSONPointer, namedAt namePlace: JSONPointer,
        faults: Faults
    ) -> Item? {
        guard let entry = entry(named: name) else {
            faults.add(
                namePlace,
                "Unknown \(kind) '\(name.prefix(80))'. \(Suggestion.sentence(for: name, among: words + names))"
            )
            return nil
        }
        let gathered = Faults()
        let arguments = Arguments(
            config, of: entry.arguments, at: place, className: entry.className, faults: gathered)
        for fault in gathered.found { faults.add(fault.pointer, fault.detail) }
        guard gathered.isEmpty else { return nil }
        do {
            return try entry.make(arguments)
        } catch let error as ArgumentError {
            if let detail = error.detail {
                faults.add(error.argument.map { place.appending($0) } ?? place, detail)
            }
        } catch let problem as Problem {
            if problem.errors.isEmpty { faults.add(place, problem.detail) }
            for fault in problem.errors { faults.add(fault.pointer, fault.detail) }
        } catch {
            faults.add(place, "\(entry.className) cannot be made from these arguments.")
        }
        return nil
    }
}

extension Vocabulary {
    /// The form in which Keras 3 writes an item.
    func json(_ item: Item) -> JSONValue {
        guard let item = item as? any Configurable else { return .null }
        return [
            "module": .string(module), "class_name": .string(type(of: item).className),
            "config": .object(item.configuration.config), "registered_name": .null,
        ]
    }
}
