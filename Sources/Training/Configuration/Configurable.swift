import Protocol

/// A thing that Keras makes from a class name and arguments.
package protocol Configurable: Sendable {
    /// Keras's name of the class.
    static var className: String { get }
    /// Other names by which Keras finds it, beside the class name in snake case.
    static var aliases: [String] { get }
    /// The arguments, in the order of Keras's `get_config()`.
    static var arguments: [Argument] { get }
    /// What it was made with.
    var configuration: Arguments { get }
    /// Makes it from arguments that fit the table; throws where they do not fit each other.
    init(_ arguments: Arguments) throws
}

extension Configurable {
    package static var aliases: [String] { [] }

    /// One with Keras's defaults.
    static func withDefaults() throws -> Self {
        try Self(Arguments.defaults(of: arguments, className: className))
    }
}
