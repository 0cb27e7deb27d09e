import Glibc
import Logging
import Protocol

/// Writes each line of the log as text: time, level and logger, then the message and the metadata.
///
/// swift-log's own handler asks for the time zone's file with each line, and takes a fifth of what a small request takes.
struct TextLogHandler: LogHandler {
    let label: String
    var logLevel: Logger.Level
    var metadata: Logger.Metadata = [:]

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        var line: [UInt8] = []
        line.reserveCapacity(256)
        func append(_ parts: String...) { for part in parts { line.append(contentsOf: part.utf8) } }
        append(Timestamp.now.description, " ", event.level.rawValue, " ", label, ": ")
        append(event.message.description)
        let own = event.metadata ?? [:]
        let all = metadata.isEmpty ? own : metadata.merging(own) { $1 }
        for (name, value) in all.sorted(by: { $0.key < $1.key }) { append(" ", name, "=", value.description) }
        // A line break in what a client sent would begin a line of its own.
        for index in line.indices where line[index] < 0x20 { line[index] = 0x20 }
        StandardError.write(line: line)
    }
}

/// Where the log goes.
enum StandardError {
    /// Writes a line, in one call, so that lines of several threads do not mix.
    static func write(line: [UInt8]) {
        let bytes = line + [UInt8(ascii: "\n")]
        bytes.withUnsafeBytes { _ = Glibc.write(STDERR_FILENO, $0.baseAddress, $0.count) }
    }
}
