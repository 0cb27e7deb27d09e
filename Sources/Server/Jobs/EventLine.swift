import Protocol

/// An event as its line in the log has it: `{"id":…,"event":"…","time":"…","data":…}`.
///
/// Readers hand most lines on as they stand; what is in one is parsed for those who ask.
public struct EventLine: Sendable {
    /// The event's number.
    public let id: Int
    /// What happened.
    public let kind: JobEvent.Kind
    /// The line, without its end.
    public let bytes: ArraySlice<UInt8>
    /// The JSON of the event's data, a part of the line.
    public let data: ArraySlice<UInt8>

    /// Reads a line that ``JobEvent/line`` made; nil for any other.
    init?(_ line: ArraySlice<UInt8>) {
        var rest = line
        guard rest.last == UInt8(ascii: "}"), Self.skip(Self.opening, in: &rest),
            let id = Self.number(&rest), Self.skip(Self.event, in: &rest),
            let kind = JobEvent.Kind(rawValue: String(decoding: Self.text(&rest), as: UTF8.self)),
            Self.skip(Self.time, in: &rest)
        else { return nil }
        _ = Self.text(&rest)
        guard Self.skip(Self.dataName, in: &rest), rest.count > 1 else { return nil }
        self.id = id
        self.kind = kind
        bytes = line
        data = rest.dropLast()
    }

    /// The event; nil when the line is damaged.
    public var event: JobEvent? { JobEvent(line: bytes) }

    /// The number of the event whose line begins with these bytes; nil where it begins as no event does.
    static func number(_ bytes: [UInt8]) -> Int? {
        var rest = bytes[...]
        return skip(opening, in: &rest) ? number(&rest) : nil
    }

    private static let opening = Array(#"{"id":"#.utf8)
    private static let event = Array(#","event":""#.utf8)
    private static let time = Array(#","time":""#.utf8)
    private static let dataName = Array(#","data":"#.utf8)

    private static func skip(_ words: [UInt8], in rest: inout ArraySlice<UInt8>) -> Bool {
        guard rest.starts(with: words) else { return false }
        rest = rest.dropFirst(words.count)
        return true
    }

    private static func number(_ rest: inout ArraySlice<UInt8>) -> Int? {
        let digits = rest.prefix { (0x30...0x39).contains($0) }
        rest = rest.dropFirst(digits.count)
        return Int(String(decoding: digits, as: UTF8.self))
    }

    /// Up to a quotation mark, which is passed over; neither kinds nor times have one.
    private static func text(_ rest: inout ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        let text = rest.prefix { $0 != UInt8(ascii: "\"") }
        rest = rest.dropFirst(text.count + 1)
        return text
    }
}

extension JobEvent {
    /// Reads a line of a log; nil when it is damaged.
    init?(line: ArraySlice<UInt8>) {
        guard let json = try? JSONValue(parsing: line) else { return nil }
        self.init(json: json)
    }
}
