import Foundation
import Logging
import Protocol

/// Writes each line of the log as a JSON object: time, level, logger, message, and the metadata beside them.
struct JSONLogHandler: LogHandler {
    let label: String
    var logLevel: Logger.Level
    var metadata: Logger.Metadata = [:]

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        var members: JSONObject = [
            "time": .string(Timestamp.now.description), "level": .string(event.level.rawValue),
            "logger": .string(label), "message": .string(event.message.description),
        ]
        let all = metadata.merging(event.metadata ?? [:]) { $1 }
        for (name, value) in all.sorted(by: { $0.key < $1.key }) where members[name] == nil {
            members[name] = Self.json(value)
        }
        StandardError.write(line: JSONValue.object(members).encoded())
    }

    private static func json(_ value: Logger.Metadata.Value) -> JSONValue {
        switch value {
        case .stringConvertible(let number as Int): .integer(Int64(number))
        case .array(let values): .array(values.map(json))
        case .dictionary(let values): .object(JSONObject(uniqueKeysWithValues: values.map { ($0, json($1)) }))
        default: .string(value.description)
        }
    }
}
