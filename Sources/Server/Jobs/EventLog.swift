import Foundation
import Protocol
import Synchronization

/// What happened to a job: event N is line N of `events.ndjson` in the job's directory.
///
/// An event is handed to the system before a reader sees it, so that the death of the process loses none
/// that was shown. For the loss of power it is synced before a checkpoint that counts on its events, and with the
/// job's end: a small log goes whole into the transaction that ends the job, and a big one is synced before it.
/// Readers follow the file; none of them delays the writer.
final class EventLog: Sendable {
    private struct State {
        /// Open while the job runs: a queue of any length needs no descriptors.
        var file: EventFile?
        var lastID = 0
        /// Bytes in the file that readers may see.
        var length = 0
        /// What follows them and is kept in memory: a whole small log that has ended.
        var tail: [UInt8] = []
        var history = History()
        /// While the end is written, nothing else is.
        var isEnding = false
        var isClosed = false
        /// Whether the file's place in its directory, and that one's, are on the disk.
        var isPlaceSynced = false
    }

    /// Told of each event.
    let changed = Signal()
    /// Of a job that was begun before the server's start, the last event that was found of what it told until it was
    /// interrupted: what counts on a later one has outlived it. Nil for a job of this server.
    let lastRecovered: Int?
    private let directory: String
    private let state: Mutex<State>

    /// Logs up to this size end in the job's row.
    private static let largestInRow = 64 << 10

    private init(directory: String, lastRecovered: Int? = nil, state: consuming sending State) {
        self.directory = directory
        self.lastRecovered = lastRecovered
        self.state = Mutex(state)
    }

    /// The log of a new job.
    static func create(_ directory: String) throws -> EventLog {
        try Files.makeDirectory(directory)
        return EventLog(directory: directory, state: State(file: try EventFile(directory)))
    }

    /// The log of a job that has not ended, as a crash left it: what is torn or was never shown is cut off.
    /// - Parameter visit: Receives the events.
    static func recover(_ directory: String, visit: (JobEvent) -> Void) throws -> EventLog {
        try Files.makeDirectory(directory)
        let file = try EventFile(directory)
        var state = State(file: file)
        var decoder = EventDecoder()
        var offset = 0
        var lastRecovered = 0
        reading: while true {
            let bytes = try file.read(at: offset, count: 1 << 20)
            offset += bytes.count
            decoder.append(bytes)
            while let event = decoder.next() {
                guard event.id == state.lastID + 1, !event.kind.isEnd else { break reading }
                state.lastID = event.id
                if event.kind != .interrupted { lastRecovered = event.id }
                state.length = decoder.consumed
                state.history.apply(event)
                visit(event)
            }
            if bytes.isEmpty { break }
        }
        try file.cut(to: state.length)
        return EventLog(directory: directory, lastRecovered: lastRecovered, state: state)
    }

    /// The log of an ended job.
    /// - Parameter events: What is in its row; nil when its file was kept.
    static func ended(_ directory: String, events: [UInt8]?) throws -> EventLog {
        var state = State()
        state.isClosed = true
        if let events {
            state.tail = events
        } else {
            let file = try EventFile(directory, isEnded: true)
            state.length = try file.size
            state.file = file
        }
        return EventLog(directory: directory, state: state)
    }

    /// Lets go of the file until the next event.
    func suspend() { state.withLock { $0.file = nil } }

    /// The History that the events tell.
    var history: History { state.withLock { $0.history } }

    /// The number of the last event.
    var lastID: Int { state.withLock { $0.lastID } }

    /// Appends an event; nothing when the job has ended.
    func append(_ kind: JobEvent.Kind, _ data: JSONValue = [:], time: Timestamp = .now) throws(Problem) {
        do {
            try state.withLock { state in
                guard !state.isClosed, !state.isEnding else { return }
                let event = JobEvent(id: state.lastID + 1, kind: kind, time: time, data: data)
                let line = event.line
                try opened(&state).append(line, after: state.length)
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
        let line = JobEvent(id: id, kind: kind, time: time, data: data).line
        let isKept = length + line.count > Self.largestInRow
        var whole: [UInt8] = []
        do {
            if isKept {
                try appendSynced(line, after: length)
                try commit(history, nil)
            } else {
                whole = try read(at: 0, count: length) + line
                try commit(history, whole)
            }
        } catch {
            if isKept { try? state.withLock { try $0.file?.cut(to: length) } }
            state.withLock { $0.isEnding = false }
            throw Problem(storing: error)
        }
        state.withLock { state in
            state.lastID = id
            state.length = isKept ? length + line.count : 0
            state.tail = whole
            state.isClosed = true
            if !isKept { state.file = nil }
        }
        changed.notify()
        return isKept
    }

    private func appendSynced(_ line: [UInt8], after length: Int) throws {
        let file = try state.withLock { try opened(&$0) }
        try file.append(line, after: length)
        try sync(file)
    }

    /// Waits until the events so far are on the disk. Others are appended meanwhile.
    func sync() throws {
        let file = try state.withLock { state in state.isClosed ? nil : try opened(&state) }
        if let file { try sync(file) }
    }

    private func sync(_ file: EventFile) throws {
        try file.sync()
        guard !state.withLock({ $0.isPlaceSynced }) else { return }
        try Files.syncDirectory(directory)
        try Files.syncDirectory(directory + "/..")
        state.withLock { $0.isPlaceSynced = true }
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
        do {
            let (file, length, tail) = state.withLock { ($0.file, $0.length, $0.tail) }
            guard offset < length else { return Array(tail.dropFirst(offset - length).prefix(count)) }
            return try (file ?? EventFile(directory)).read(at: offset, count: min(count, length - offset))
        } catch {
            throw Problem(storing: error)
        }
    }

    private func opened(_ state: inout State) throws -> EventFile {
        if let file = state.file { return file }
        let file = try EventFile(directory)
        state.file = file
        return file
    }
}
