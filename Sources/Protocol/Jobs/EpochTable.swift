/// Writes epochs as Keras's `CSVLogger` does (keras/src/callbacks/csv_logger.py), in the dialect `excel` of Python's
/// `csv`: a header row, then a row an epoch; lines end in CR LF.
public struct EpochTable: Sendable {
    /// The columns behind `epoch`; nil before the first row. They are the first epoch's figures, sorted, and once more
    /// with `val_` when none of them is of validation.
    public private(set) var names: [String]?
    private let separator: String

    /// A table of no rows, or one whose header and first rows are written already.
    public init(separator: String = ",", names: [String]? = nil) {
        self.separator = separator
        self.names = names
    }

    /// The text of an epoch's row; before the first one, the header's too.
    /// - `epoch`: Its number, from 0.
    public mutating func row(_ epoch: Int, _ logs: JSONObject) -> String {
        guard let names else {
            names = Self.names(of: logs)
            return header + row(epoch, logs)
        }
        return line([String(epoch)] + names.map { logs[$0].map(Self.text) ?? "NA" })
    }

    /// The header row.
    public var header: String { line(["epoch"] + (names ?? [])) }

    private static func names(of logs: JSONObject) -> [String] {
        let names = logs.keys.sorted()
        return names.contains { $0.hasPrefix("val_") } ? names : names + names.map { "val_\($0)" }
    }

    private func line(_ fields: [String]) -> String {
        fields.map(quoted).joined(separator: separator) + "\r\n"
    }

    private func quoted(_ field: String) -> String {
        let special = ("\"\r\n" + separator).unicodeScalars
        let needsQuotes = field.unicodeScalars.contains { special.contains($0) }
        return needsQuotes ? "\"" + field.replacing("\"", with: "\"\"") + "\"" : field
    }

    /// A figure as Keras hands it to the writer: a list comes in quotes of its own.
    private static func text(_ value: JSONValue) -> String {
        if let list = value.array {
            return "\"[" + list.map { "\(Float($0.number ?? .nan))" }.joined(separator: ", ") + "]\""
        }
        return value.number.map(text) ?? value.string ?? value.encodedString()
    }

    /// A number as Python's `repr` writes it, which has an exponent from 1e16 on.
    private static func text(_ number: Double) -> String {
        let isLongWhole = (0x1p53..<1e16).contains(number.magnitude)
        return isLongWhole ? "\(Int64(number)).0" : "\(number)"
    }
}
