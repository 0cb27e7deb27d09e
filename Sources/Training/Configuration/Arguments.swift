import OrderedCollections
import Protocol

/// The arguments that an object was made with: checked against its class's table, defaults filled in.
package struct Arguments: Sendable {
    /// What Keras's `get_config()` gives: each argument in the table's order, in its full form.
    package private(set) var config: JSONObject = [:]
    /// Where the arguments stand in the client's document.
    let pointer: JSONPointer
    private var objects: [String: any Sendable] = [:]

    /// Reads a configuration; every fault is noted at its place.
    init(_ config: JSONObject, of table: [Argument], at place: JSONPointer, className: String, faults: Faults)
    {
        pointer = place
        var unread = config
        for argument in table {
            let (key, written) = Self.take(argument, from: &unread, at: place, faults: faults)
            guard let value = written ?? argument.defaultValue else {
                faults.add(
                    place.appending(argument.name), "\(className) needs the argument '\(argument.name)'.")
                continue
            }
            read(value, for: argument, at: place.appending(key), faults: faults)
        }
        for key in unread.keys {
            let known = table.filter { if case .legacy = $0.kind { false } else { true } }.map(\.name)
            faults.add(
                place.appending(key),
                "\(className) has no argument '\(key.prefix(80))'. \(Suggestion.sentence(for: key, among: known))"
            )
        }
    }

    /// The arguments of an object made with defaults alone.
    static func defaults(of table: [Argument], className: String) -> Arguments {
        Arguments([:], of: table, at: .root, className: className, faults: Faults())
    }

    private static func take(
        _ argument: Argument, from config: inout JSONObject, at place: JSONPointer, faults: Faults
    ) -> (key: String, value: JSONValue?) {
        var taken: (String, JSONValue)?
        for name in [argument.name] + argument.aliases {
            guard let value = config.removeValue(forKey: name) else { continue }
            if let (first, _) = taken {
                faults.add(place.appending(name), "'\(name)' and '\(first)' are the same argument; give one.")
            } else {
                taken = (name, value)
            }
        }
        return (taken?.0 ?? argument.name, taken?.1)
    }

    private mutating func read(
        _ value: JSONValue, for argument: Argument, at place: JSONPointer, faults: Faults
    ) {
        if case .legacy(let allowed) = argument.kind {
            if !value.isNull, !allowed.isEmpty, !allowed.contains(value) {
                faults.add(
                    place, "'\(argument.name)' of older Keras versions is not taken with \(value.brief).")
            }
            return
        }
        if value.isNull, !argument.isOptional, let defaultValue = argument.nullMeaning {
            return read(defaultValue, for: argument, at: place, faults: faults)
        }
        if value.isNull, argument.isOptional {
            if !argument.isHiddenWhenNull { config[argument.name] = .null }
            return
        }
        do {
            let (canonical, object) = try argument.read(value, at: place, faults: faults)
            config[argument.name] = canonical
            if let object { objects[argument.name] = object }
        } catch {
            if let detail = error.detail { faults.add(place, detail) }
        }
    }

    /// Adds or replaces a member of the configuration that Keras derives from the others.
    mutating func set(_ name: String, _ value: JSONValue) { config[name] = value }

    /// Takes out a member that Keras does not write.
    mutating func remove(_ name: String) { config[name] = nil }
}

/// What an object asks for by name; the class's table guarantees that it is there and of its kind.
extension Arguments {
    func has(_ name: String) -> Bool { config[name].map { !$0.isNull } ?? false }

    func bool(_ name: String) -> Bool { config[name]?.bool ?? false }

    func integer(_ name: String) -> Int { config[name]?.integer ?? 0 }

    func optionalInteger(_ name: String) -> Int? { config[name]?.integer }

    func number(_ name: String) -> Double { config[name]?.number ?? 0 }

    func float(_ name: String) -> Float { Float(number(name)) }

    func optionalNumber(_ name: String) -> Double? { config[name]?.number }

    func string(_ name: String) -> String { config[name]?.string ?? "" }

    func optionalString(_ name: String) -> String? { config[name]?.string }

    /// The whole numbers of a list, or of a single number; empty for null.
    func integers(_ name: String) -> [Int] {
        if let list = config[name]?.array { return list.compactMap(\.integer) }
        return config[name]?.integer.map { [$0] } ?? []
    }

    /// The sizes of a list, null where any size may stand.
    func sizes(_ name: String) -> [Int?] { (config[name]?.array ?? []).map(\.integer) }

    /// The numbers of a list, however nested, or of a single number; empty for null.
    func numbers(_ name: String) -> [Double] { config[name].map(Self.flatten) ?? [] }

    private static func flatten(_ value: JSONValue) -> [Double] {
        value.array.map { $0.flatMap(flatten) } ?? value.number.map { [$0] } ?? []
    }

    func activation(_ name: String = "activation") -> Activation { objects[name] as? Activation ?? .linear }

    /// Whether an activation looks at several samples at once.
    var hasMixingActivation: Bool { objects.values.contains { ($0 as? Activation)?.mixesSamples ?? false } }

    func initializer(_ name: String) -> any Initializer { objects[name] as? any Initializer ?? Zeros() }

    func regularizer(_ name: String) -> (any Regularizer)? { objects[name] as? any Regularizer }

    func constraint(_ name: String) -> (any Constraint)? { objects[name] as? any Constraint }

    func learningRate(_ name: String = "learning_rate") -> LearningRate {
        objects[name] as? LearningRate ?? .constant(0)
    }

    func expression(_ name: String) -> UserExpression? { objects[name] as? UserExpression }

    func layer(_ name: String) -> (any Layer)? { objects[name] as? any Layer }

    func layers(_ name: String) -> [any Layer] { objects[name] as? [any Layer] ?? [] }
}

/// Why an object cannot be made of its arguments, for faults that span several of them.
struct ArgumentError: Error {
    /// The argument to mend; nil for the object as a whole.
    var argument: String?
    /// What is wrong; nil when it has been noted already.
    var detail: String?

    init(_ argument: String?, _ detail: String?) {
        self.argument = argument
        self.detail = detail
    }
}
