/// Something that happened to a job. A job's events are numbered from 1 without a gap.
public struct JobEvent: Sendable, Hashable {
    /// What can happen; the raw value is the contract's word.
    public enum Kind: String, Sendable, Hashable, CaseIterable {
        case queued, started
        case epochBegin = "epoch_begin"
        case batch
        case epochEnd = "epoch_end"
        case checkpoint, interrupted, resumed, succeeded, failed, cancelled

        /// Whether this is a job's last event.
        public var isEnd: Bool { self == .succeeded || self == .failed || self == .cancelled }
    }

    /// The number, from 1.
    public var id: Int
    /// What happened.
    public var kind: Kind
    /// When.
    public var time: Timestamp
    /// The rest, an object.
    public var data: JSONValue

    /// An event.
    public init(id: Int, kind: Kind, time: Timestamp, data: JSONValue = [:]) {
        self.id = id
        self.kind = kind
        self.time = time
        self.data = data
    }

    /// `{"id", "event", "time", "data"}`, a line of `application/x-ndjson` with its end, written without a value of it
    /// all: a small fit tells of an epoch in less than half a millisecond.
    public var line: [UInt8] {
        var line: [UInt8] = []
        line.reserveCapacity(256)
        line.append(contentsOf: #"{"id":"#.utf8)
        id.appendJSON(to: &line)
        line.append(contentsOf: #","event":"#.utf8)
        kind.rawValue.appendJSON(to: &line)
        line.append(contentsOf: #","time":"#.utf8)
        time.description.appendJSON(to: &line)
        line.append(contentsOf: #","data":"#.utf8)
        data.append(to: &line)
        line.append(contentsOf: "}\n".utf8)
        return line
    }

    /// Reads what `line` writes; nil for anything else.
    public init?(json: JSONValue) {
        guard let id = json["id"]?.integer, let kind = json["event"]?.string.flatMap(Kind.init),
            let time = json["time"]?.string.flatMap(Timestamp.init(parsing:)), let data = json["data"]
        else { return nil }
        self.init(id: id, kind: kind, time: time, data: data)
    }
}
