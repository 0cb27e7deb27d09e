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
        take(JobEvent.init(line:))
    }

    /// The next whole line, of which no more is read than what event it is; nil as with `next`.
    mutating func nextLine() -> EventLine? { take(EventLine.init) }

    private mutating func take<Value>(_ read: (ArraySlice<UInt8>) -> Value?) -> Value? {
        guard let end = buffer[position...].firstIndex(of: 0x0A), let value = read(buffer[position..<end])
        else { return nil }
        consumed += end + 1 - position
        position = end + 1
        return value
    }
}
