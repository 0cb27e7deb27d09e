import Protocol

/// Cuts NDJSON that comes in pieces into events.
struct EventDecoder {
    /// Bytes of the lines that were read.
    private(set) var consumed = 0
    private var buffer: [UInt8] = []
    private var position = 0

    mutating func append(_ bytes: [UInt8]) {
        buffer.removeSubrange(..<position)
        position = 0
        buffer += bytes
    }

    /// The next whole line's event; nil when none is whole, or when it is no event.
    mutating func next() -> JobEvent? {
        guard let end = buffer[position...].firstIndex(of: 0x0A),
            let json = try? JSONValue(parsing: buffer[position..<end]), let event = JobEvent(json: json)
        else { return nil }
        consumed += end + 1 - position
        position = end + 1
        return event
    }

    /// The number of the event whose line begins with these bytes; nil where it begins as no event does.
    static func number(_ bytes: [UInt8]) -> Int? {
        let opening = Array(#"{"id":"#.utf8)
        guard bytes.starts(with: opening) else { return nil }
        let digits = bytes.dropFirst(opening.count).prefix { (0x30...0x39).contains($0) }
        return Int(String(decoding: digits, as: UTF8.self))
    }
}
