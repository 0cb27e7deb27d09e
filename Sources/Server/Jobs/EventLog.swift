import Foundation
import Protocol
import Synchronization

/// What happened to a job: event N is line N of `events.ndjson` in the job's directory.
///
/// An event is handed to the system before a reader sees it, so that the death of the process loses none
/// that was shown. It is synced with the job's end alone: a small log goes whole into the transaction that
/// ends the job, and a big one is synced before it. Readers follow the file; none of them delays the writer.
final class EventLog: Sendable {
    private struct State {
        var lastID = 0
        /// Bytes in the file that readers may see.
        var length = 0
        /// What follows them and is kept in memory: the last event of a small log, or a whole ended one.
        var tail: [UInt8] = []
        var history = History()
        /// While the end is written, nothing else is.
        var isEnding = false
        var isClosed = false
    }

    /// Told of each event.
    let changed = Signal()
    private let directory: String
    private let descriptor: Int32?
    private let state: Mutex<State>

    /// Logs up to this size end in the job's row.
    private static let largestInRow = 64 << 10

    private init(directory: String, descriptor: Int32?, state: consuming sending State) {
        self.directory = directory
        self.descriptor = descriptor
        self.state = Mutex(state)
    }

    deinit {
        if let descriptor { Glibc.close(descriptor) }
    }

    /// The log of a new job.
    static func create(_ directory: String) throws -> EventLog {
        try Files.makeDirectory(directory)
        return EventLog(
            directory: directory, descriptor: try Files.open(path(directory), O_RDWR | O_CREAT | O_APPEND),
            state: State())
    }

    /// The log of a job that has not ended, as a crash left it: what is torn or was never shown is cut off.
    /// - Parameter visit: Receives the events.
    static func recover(_ directory: String, visit: (JobEvent) -> Void) throws -> EventLog {
        try Files.makeDirectory(directory)
        let descriptor = try Files.open(path(directory), O_RDWR | O_CREAT | O_APPEND)
        var state = State()
        var decoder = EventDecoder()
        var offset = 0
        reading: while true {
            let bytes = try Files.read(descriptor, at: offset, count: 1 << 20)
            offset += bytes.count
            decoder.append(bytes)
            while let event = decoder.next() {
                guard event.id == state.lastID + 1, !event.kind.isEnd else { break reading }
                state.lastID = event.id
                state.length = decoder.consumed
                state.history.apply(event)
                visit(event)
            }
            if bytes.isEmpty { break }
        }
        guard ftruncate(descriptor, off_t(state.length)) == 0 else { throw SystemError("cut the event log") }
        return EventLog(directory: directory, descriptor: descriptor, state: state)
    }

    /// The log of an ended job.
    /// - Parameter events: What is in its row; nil when its file was kept.
    static func ended(_ directory: String, events: [UInt8]?) throws -> EventLog {
        var state = State()
        state.isClosed = true
        guard let events else {
            let descriptor = try Files.open(path(directory), O_RDONLY)
            state.length = try Files.size(descriptor)
            return EventLog(directory: directory, descriptor: descriptor, state: state)
        }
        state.tail = events
        return EventLog(directory: directory, descriptor: nil, state: state)
    }

    private static func path(_ directory: String) -> String { "\(directory)/events.ndjson" }

    /// The History that the events tell.
    var history: History { state.withLock { $0.history } }

    /// The number of the last event.
    var lastID: Int { state.withLock { $0.lastID } }

    /// Appends an event; nothing when the job has ended.
    func append(_ kind: JobEvent.Kind, _ data: JSONValue = [:], time: Timestamp = .now) throws(Problem) {
        do {
            try state.withLock { state in
                guard let descriptor, !state.isClosed, !state.isEnding else { return }
                let event = JobEvent(id: state.lastID + 1, kind: kind, time: time, data: data)
                let line = Self.line(event)
                try write(line, to: descriptor, after: state.length)
                state.lastID += 1
                state.length += line.count
                state.history.apply(event)
            }
        } catch {
            throw Problem(storing: error)
        }
        changed.notify()
    }

    /// Appends the last event: readers see it once `commit` has made the end durable.
    /// - Parameter commit: Receives the History, and the whole log unless that is kept as a file.
    /// - Returns: Whether the file is kept.
    func end(
        _ kind: JobEvent.Kind, _ data: JSONValue, time: Timestamp,
        commit: (History, _ events: [UInt8]?) throws(Problem) -> Void
    ) throws(Problem) -> Bool {
        let (id, length, history) = state.withLock { state in
            state.isEnding = true
            return (state.lastID + 1, state.length, state.history)
        }
        let line = Self.line(JobEvent(id: id, kind: kind, time: time, data: data))
        let isKept = length + line.count > Self.largestInRow
        do {
            if isKept, let descriptor {
                try write(line, to: descriptor, after: length)
                try Files.sync(descriptor)
                try Files.syncDirectory(directory)
                try Files.syncDirectory(directory + "/..")
                try commit(history, nil)
            } else {
                try commit(history, try read(at: 0, count: length) + line)
            }
        } catch {
            if isKept, let descriptor { ftruncate(descriptor, off_t(length)) }
            state.withLock { $0.isEnding = false }
            throw Problem(storing: error)
        }
        state.withLock { state in
            state.lastID = id
            if isKept { state.length += line.count } else { state.tail = line }
            state.isClosed = true
        }
        changed.notify()
        return isKept
    }

    /// Ends the readers' streams without an end of the job.
    func close() {
        state.withLock { $0.isClosed = true }
        changed.notify()
    }

    /// Where the log stands.
    func position() -> (lastID: Int, length: Int, isClosed: Bool) {
        state.withLock { ($0.lastID, $0.length + $0.tail.count, $0.isClosed) }
    }

    /// Up to `count` bytes from an offset below the log's length.
    func read(at offset: Int, count: Int) throws(Problem) -> [UInt8] {
        let (length, tail) = state.withLock { ($0.length, $0.tail) }
        guard offset < length, let descriptor else {
            return Array(tail.dropFirst(offset - length).prefix(count))
        }
        do {
            return try Files.read(descriptor, at: offset, count: min(count, length - offset))
        } catch {
            throw Problem(storing: error)
        }
    }

    private static func line(_ event: JobEvent) -> [UInt8] { event.json.encoded() + [0x0A] }

    /// Writes a whole line or none of it.
    private func write(_ line: [UInt8], to descriptor: Int32, after length: Int) throws {
        do {
            try line.withUnsafeBytes { try Files.write($0, to: descriptor) }
        } catch {
            ftruncate(descriptor, off_t(length))
            throw error
        }
    }
}
