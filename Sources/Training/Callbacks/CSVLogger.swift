import Protocol

/// Writes a row of figures at each epoch's end to a file that is kept with the job
/// (keras/src/callbacks/csv_logger.py).
///
/// Each fit begins with no files, so that `append` finds none to append to and changes nothing.
struct CSVLogger: Callback {
    static let className = "CSVLogger"
    static let arguments: [Argument] = [
        .string("filename"),
        .string("separator", default: ","),
        .boolean("append", default: false),
    ]

    let configuration: Arguments
    private let filename: String

    init(_ arguments: Arguments) throws {
        configuration = arguments
        filename = try OutputName.checked(arguments.string("filename"), of: "filename")
        let separator = arguments.string("separator").unicodeScalars
        guard separator.count == 1, separator.allSatisfy({ !"\r\n\"\0".unicodeScalars.contains($0) }) else {
            throw ArgumentError(
                "separator", "separator is a single character, and neither a quote nor a line's end.")
        }
    }

    var outputNames: [String] { [filename] }

    func makeRun(_ site: CallbackSite) -> CallbackRun {
        CSVLoggerRun(filename, separator: configuration.string("separator"))
    }
}

private final class CSVLoggerRun: CallbackRun {
    private let separator: String
    private var file: OutputFile
    private var table: EpochTable

    init(_ filename: String, separator: String) {
        self.separator = separator
        file = OutputFile(filename, .csv)
        table = EpochTable(separator: separator)
    }

    override func trainBegan(_ fit: FitControl) { file.append([], fit) }

    override func epochEnded(_ epoch: Int, _ logs: inout Logs, _ fit: FitControl) {
        file.append(Array(table.row(epoch, JSONObject(logs)).utf8), fit)
    }

    override var memory: CallbackMemory {
        get {
            var memory = CallbackMemory()
            memory.values = ["length": JSONValue(file.length)]
            if let names = table.names { memory.values["names"] = .array(names.map { .string($0) }) }
            return memory
        }
        set {
            file.length = newValue.integer("length")
            table = EpochTable(
                separator: separator, names: newValue.values["names"]?.array?.compactMap(\.string))
        }
    }
}

extension JSONObject {
    /// Figures as they stand in events and in a History.
    init(_ logs: Logs) { self = logs.mapValues(\.json) }
}
