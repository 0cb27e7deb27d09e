import Protocol

/// Reads a job's events, from where the reader likes, then live until the job ends.
///
/// Everything that had happened when the reader first caught up is told in full. One that falls far behind
/// later skips `batch` events that newer ones have overtaken, and no other.
public struct EventReader: Sendable {
    private let log: EventLog
    /// Where to stop; nil to follow.
    private let limit: Int?
    private var decoder = EventDecoder()
    private var offset = 0
    private var lastSeen: Int
    private var hasCaughtUp = false
    /// `batch` events with smaller numbers are passed over.
    private var skippingBefore = 0

    /// How many events a reader may be behind before it skips.
    private static let allowedLag = 100
    private static let pieceSize = 64 << 10

    init(_ log: EventLog, after id: Int, follow: Bool) throws(Problem) {
        self.log = log
        lastSeen = id
        limit = follow ? nil : log.position().length
        offset = try log.start(after: id, within: Self.pieceSize)
    }

    /// The next events, as ``nextLines(within:)`` gives their lines.
    public mutating func next(within seconds: Double? = nil) async throws(Problem) -> [JobEvent]? {
        try await nextLines(within: seconds)?.compactMap(\.event)
    }

    /// The lines of the next events, as many as are at hand.
    /// - Parameter seconds: How long to wait for one; without, as long as it takes.
    /// - Returns: No events when the time is up; nil at the end, which comes after all that had happened: the job has
    ///   ended, the server stops, the task was cancelled, or the reader does not follow.
    public mutating func nextLines(within seconds: Double? = nil) async throws(Problem) -> [EventLine]? {
        let clock = ContinuousClock()
        let deadline = seconds.map { clock.now + .seconds($0) }
        while true {
            let version = log.changed.version
            let (lastID, length, isClosed) = log.position()
            if offset < min(length, limit ?? length) {
                if hasCaughtUp, lastID - lastSeen > Self.allowedLag { skippingBefore = lastID }
                let lines = try read(upTo: min(length, limit ?? length))
                if !lines.isEmpty { return lines }
                continue
            }
            hasCaughtUp = true
            if isClosed || limit != nil || Task.isCancelled { return nil }
            let remaining = deadline.map { clock.now.duration(to: $0) / .seconds(1) }
            if let remaining, remaining <= 0 { return [] }
            await log.changed.wait(past: version, seconds: remaining)
        }
    }

    private mutating func read(upTo length: Int) throws(Problem) -> [EventLine] {
        let bytes = try log.read(at: offset, count: min(Self.pieceSize, length - offset))
        guard !bytes.isEmpty else { throw Problem(.internalError, "The job's event log is cut short.") }
        offset += bytes.count
        decoder.append(bytes)
        var lines: [EventLine] = []
        while let line = decoder.nextLine() {
            guard line.id > lastSeen else { continue }
            lastSeen = line.id
            if line.kind != .batch || line.id >= skippingBefore { lines.append(line) }
        }
        return lines
    }
}
