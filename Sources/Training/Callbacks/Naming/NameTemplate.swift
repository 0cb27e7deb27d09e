import Protocol

/// A name with fields that an epoch's figures fill, as Python's `str.format` has them:
/// `{epoch:02d}-{val_loss:.2f}.keras`.
struct NameTemplate: Sendable {
    private struct Field: Sendable {
        let name: String
        let specification: FormatSpecification
    }

    private enum Piece: Sendable {
        case text(String)
        case field(Field)
    }

    private let pieces: [Piece]
    private let argument: String

    /// Reads the template that an argument is; throws what Python would not take.
    init(_ text: String, of argument: String) throws(ArgumentError) {
        self.argument = argument
        var pieces: [Piece] = []
        var literal = ""
        var rest = text[...]
        while let character = rest.popFirst() {
            switch character {
            case "{" where rest.first == "{", "}" where rest.first == "}":
                literal.append(character)
                rest.removeFirst()
            case "}": throw ArgumentError(argument, "A single '}' is written '}}'.")
            case "{":
                guard let end = rest.firstIndex(of: "}") else {
                    throw ArgumentError(argument, "A '{' has no '}'.")
                }
                pieces += [.text(literal), .field(try Self.field(rest[..<end], of: argument))]
                literal = ""
                rest = rest[rest.index(after: end)...]
            default: literal.append(character)
            }
        }
        self.pieces = pieces + [.text(literal)]
    }

    private static func field(_ text: Substring, of argument: String) throws(ArgumentError) -> Field {
        let name = text.prefix { $0 != ":" }
        let specification = text.dropFirst(name.count + 1)
        guard let first = name.first, !first.isNumber, !name.contains(where: { "!.[]{".contains($0) }) else {
            throw ArgumentError(
                argument, "'{\(text.prefix(80))}' is no field; fields are such as {epoch:02d} and {loss:.3f}."
            )
        }
        guard let read = FormatSpecification(String(specification)) else {
            throw ArgumentError(
                argument, "'\(specification.prefix(80))' is no way to write a number; one is '.2f'.")
        }
        return Field(name: String(name), specification: read)
    }

    /// Checks that every field is known, and written as its kind of number is.
    func check(integers: [String], numbers: [String]) throws(ArgumentError) {
        for case .field(let field) in pieces {
            let isInteger = integers.contains(field.name)
            guard isInteger || numbers.contains(field.name) else {
                throw ArgumentError(
                    argument,
                    "'\(field.name.prefix(80))' is not among the figures at that time. "
                        + Suggestion.sentence(for: field.name, among: integers + numbers))
            }
            guard field.specification.formats(integer: isInteger) else {
                let kind = isInteger ? "a whole number, such as 02d" : "a number with a fraction, such as .2f"
                throw ArgumentError(argument, "'\(field.name.prefix(80))' is written as \(kind).")
            }
        }
    }

    /// The name; a field without a value stays as it is written.
    func filled(integers: [String: Int], numbers: Logs) -> String {
        pieces.map { piece in
            switch piece {
            case .text(let text): text
            case .field(let field):
                integers[field.name].map { field.specification.string($0) }
                    ?? numbers[field.name].map { field.specification.string($0.scalar) } ?? "{\(field.name)}"
            }
        }.joined()
    }
}
