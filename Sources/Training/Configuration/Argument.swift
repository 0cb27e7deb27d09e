import Protocol

/// One argument of a Keras class: its name, what it takes and what it is when left out.
///
/// The table of arguments is the single statement of a class's configuration: it reads and checks what a client
/// sends, writes Keras's `get_config()`, and is what the service lists about the class.
package struct Argument: Sendable {
    /// What an argument takes.
    package enum Kind: Sendable {
        case boolean
        case integer(ClosedRange<Int>)
        case number(ClosedRange<Double>)
        case string
        case choice([String])
        /// `count` whole numbers; a single one stands for `count` equal ones.
        case integers(ClosedRange<Int>, count: Int)
        /// A list of whole numbers of any length, or a single one, kept as it was written.
        case axes
        /// A list of numbers, kept as it was written.
        case numbers
        /// A list of sizes; -1 and `null` where the class gives them a meaning.
        case shape
        case activation
        case initializer
        case regularizer
        case constraint
        case learningRate
        /// A function of the user's own.
        case expression
        case layer
        case cells
        case layers
        /// The type of numbers, one of these: a name, or Keras's DTypePolicy of one, which is how Keras writes it
        /// unless `byName`.
        case dtype([String], byName: Bool)
        /// Anything; the class checks it.
        case value
        /// Accepted from older versions of Keras and without effect, provided it has one of these values.
        case legacy([JSONValue])
    }

    /// Keras's name.
    package let name: String
    /// Other names that versions of Keras have had for it.
    package let aliases: [String]
    /// What it takes.
    package let kind: Kind
    /// What it is when left out; nil when it must be given.
    package let defaultValue: JSONValue?
    /// Whether Keras's `get_config()` leaves it out while it is null.
    package let isHiddenWhenNull: Bool

    init(
        _ name: String, _ kind: Kind, default defaultValue: JSONValue? = nil, aliases: [String] = [],
        hiddenWhenNull: Bool = false
    ) {
        self.name = name
        self.kind = kind
        self.defaultValue = defaultValue
        self.aliases = aliases
        isHiddenWhenNull = hiddenWhenNull
    }

    /// Whether `null` is a value of its own.
    var isOptional: Bool { defaultValue == .null }

    /// What `null` stands for where it is no value of its own, as Keras takes `None`.
    var nullMeaning: JSONValue? {
        switch kind {
        case .activation: "linear"
        case .axes: []
        case .choice(let choices) where choices.contains("none"): "none"
        case .choice, .initializer, .dtype: defaultValue
        default: nil
        }
    }
}

/// Short forms, so that a class's table reads like Keras's signature.
extension Argument {
    static func boolean(_ name: String, default value: Bool) -> Argument {
        Argument(name, .boolean, default: .bool(value))
    }

    /// A whole number, from 1 unless a range is given; required without a default.
    static func integer(
        _ name: String, in range: ClosedRange<Int> = 1...Int(Int32.max), default value: JSONValue? = nil,
        aliases: [String] = []
    ) -> Argument {
        Argument(name, .integer(range), default: value, aliases: aliases)
    }

    static func number(
        _ name: String,
        in range: ClosedRange<Double> = -Double.greatestFiniteMagnitude...Double.greatestFiniteMagnitude,
        default value: JSONValue? = nil, aliases: [String] = []
    ) -> Argument {
        Argument(name, .number(range), default: value, aliases: aliases)
    }

    static func string(_ name: String, default value: JSONValue? = nil) -> Argument {
        Argument(name, .string, default: value)
    }

    static func choice(_ name: String, _ choices: [String], default value: JSONValue? = nil) -> Argument {
        Argument(name, .choice(choices), default: value)
    }

    static func integers(
        _ name: String, count: Int, in range: ClosedRange<Int> = 1...Int(Int32.max),
        default value: JSONValue? = nil,
        aliases: [String] = []
    ) -> Argument {
        Argument(name, .integers(range, count: count), default: value, aliases: aliases)
    }

    static func activation(_ name: String = "activation", default value: JSONValue? = .null) -> Argument {
        Argument(name, .activation, default: value)
    }

    static func initializer(_ name: String, default value: JSONValue) -> Argument {
        Argument(name, .initializer, default: value)
    }

    static func regularizer(_ name: String, hiddenWhenNull: Bool = false) -> Argument {
        Argument(name, .regularizer, default: .null, hiddenWhenNull: hiddenWhenNull)
    }

    static func constraint(_ name: String) -> Argument {
        Argument(name, .constraint, default: .null)
    }

    /// The type that a layer computes with. A float64 is computed as a float32 too, which agrees to its digits.
    static func dtype(_ others: [String] = [], byName: Bool = false) -> Argument {
        Argument("dtype", .dtype(["float32", "float64"] + others, byName: byName), default: "float32")
    }

    /// The types of whole numbers, for layers that give no others.
    static let wholeDTypes = [
        "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64", "bool",
    ]

    static func legacy(_ name: String, _ values: [JSONValue]) -> Argument {
        Argument(name, .legacy(values), default: .null)
    }
}
