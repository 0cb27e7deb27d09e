import DequeModule
import Foundation
import Protocol
import Synchronization
import Training

/// Sends the figures of one fit's epochs to other servers, in their order, on a thread of its own: a fit neither waits
/// for them nor fails with them.
final class ReportSender: Sendable {
    private struct State {
        var waiting: Deque<EpochReport> = []
        var hasThread = false
        var notes: [String] = []
        /// What has been noted, so that it is noted once.
        var noted: Set<String> = []
        /// When to give up, once the fit is over.
        var deadline: ContinuousClock.Instant?

        mutating func note(_ text: String) {
            if noted.insert(text).inserted { notes.append(text) }
        }
    }

    private let roots: [String: RemoteRoot]
    private let state = Mutex(State())

    /// Reports that wait; behind them, epochs are left out.
    private static let mostWaiting = 100
    /// Seconds for one report.
    private static let patience = 5.0

    init(_ roots: [RemoteRoot]) {
        self.roots = Dictionary(roots.map { ($0.description, $0) }, uniquingKeysWith: { first, _ in first })
    }

    /// Has a report sent soon.
    func send(_ report: EpochReport) {
        let mustStart = state.withLock { state in
            guard roots[report.root] != nil else {
                state.note("RemoteMonitor sends nothing to \(report.root): it is no longer allowed.")
                return false
            }
            guard state.waiting.count < Self.mostWaiting else {
                state.note("RemoteMonitor root server at \(report.root) is slow; epochs are left out.")
                return false
            }
            state.waiting.append(report)
            defer { state.hasThread = true }
            return !state.hasThread
        }
        guard mustStart else { return }
        let thread = Thread { [self] in
            while let (report, root) = next() { deliver(report, to: root) }
        }
        thread.name = "fitd-reports"
        thread.start()
    }

    /// What there is to say since the last call.
    func takeNotes() -> [String] {
        state.withLock { state in
            defer { state.notes = [] }
            return state.notes
        }
    }

    /// The fit is over: what waits is sent, for as long as that takes little.
    func close() {
        state.withLock { $0.deadline = .now + .seconds(30) }
    }

    private func next() -> (EpochReport, RemoteRoot)? {
        state.withLock { state in
            let isLate = state.deadline.map { ContinuousClock.now > $0 } ?? false
            guard !isLate, let report = state.waiting.popFirst(), let root = roots[report.root] else {
                state.hasThread = false
                return nil
            }
            return (report, root)
        }
    }

    private func deliver(_ report: EpochReport, to root: RemoteRoot) {
        let request = OutgoingRequest(host: root.host, port: root.port, bytes: report.request(to: root))
        if case .failed = request.send(within: Self.patience) {
            state.withLock { $0.note("Could not reach RemoteMonitor root server at \(report.root)") }
        }
    }
}

extension EpochReport {
    /// The request as Keras sends it.
    func request(to root: RemoteRoot) -> [UInt8] {
        var figures: JSONObject = ["epoch": .integer(Int64(epoch))]
        for (name, value) in logs.inKerasOrder { figures[name] = value }
        let json = JSONValue.object(figures).encoded()
        let body = field.map { Array("\(Self.form($0))=\(Self.form(json))".utf8) } ?? json
        let type = field == nil ? "application/json" : "application/x-www-form-urlencoded"
        var lines = [
            "POST \(root.path)\(path) HTTP/1.1", "Host: \(root.authority)", "User-Agent: fitd/\(API.version)",
            "Connection: close", "Content-Length: \(body.count)",
        ]
        lines += headers.map { "\($0.name): \($0.value)" }
        if !headers.contains(where: { $0.name.lowercased() == "content-type" }) {
            lines.append("Content-Type: \(type)")
        }
        return Array((lines.joined(separator: "\r\n") + "\r\n\r\n").utf8) + body
    }

    /// As it stands in a form.
    private static func form(_ bytes: [UInt8]) -> String {
        String(decoding: bytes, as: UTF8.self).percentEncoded.replacing("/", with: "%2F")
    }

    private static func form(_ text: String) -> String { form(Array(text.utf8)) }
}
