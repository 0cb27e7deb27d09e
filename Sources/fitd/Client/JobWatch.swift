import Foundation
import Protocol
import Server

/// Follows a job's events to its end, through lost connections and restarts of the server.
struct JobWatch {
    let client: ServerClient
    let job: String

    /// How long a server that was there may be away.
    private static let patience = Duration.seconds(300)
    /// How long a stream may be silent before it is opened anew: on its way it may have been forgotten.
    private static let silence = Duration.seconds(60)

    /// Hands over each event, once and in order, with its line of JSON.
    ///
    /// - `say`: Is told, once each time, that the server is away.
    /// - Returns: The last event.
    func follow(
        _ show: (JobEvent, String) -> Void, say: (String) -> Void = Console.say
    ) throws -> JobEvent {
        var last = 0
        var lostAt: ContinuousClock.Instant?
        var isSaid = false
        while true {
            do {
                let answer = try client.send("GET", "/v1/jobs/\(job.urlPart)/events", fields(after: last))
                (lostAt, isSaid) = (nil, false)
                if let end = try read(answer, &last, show) { return end }
            } catch let failure as ClientFailure {
                guard last > 0, failure.isPassing else { throw failure }
                let began = lostAt ?? .now
                lostAt = began
                guard .now - began < Self.patience else {
                    throw ClientFailure.connection(
                        "\(failure.message) fitd watch \(job) comes back to the job.")
                }
                if !isSaid { say(failure.message + " Trying again.") }
                isSaid = true
            } catch is OutgoingConnection.Failure {
                // A stream that has been cut; where the server is still there, it goes on at once.
            }
            Thread.sleep(forTimeInterval: 0.5)
        }
    }

    private func fields(after last: Int) -> [String: String] {
        var fields = ["Accept": "application/x-ndjson"]
        if last > 0 { fields["Last-Event-ID"] = "\(last)" }
        return fields
    }

    private func read(
        _ answer: Answer, _ last: inout Int, _ show: (JobEvent, String) -> Void
    ) throws -> JobEvent? {
        var lines = Lines()
        while let bytes = try answer.next(by: .now + Self.silence) {
            for line in lines.take(bytes) {
                guard let json = try? JSONValue(parsing: line), let event = JobEvent(json: json),
                    event.id > last
                else { continue }
                last = event.id
                show(event, line)
                if event.kind.isEnd { return event }
            }
        }
        return nil
    }
}

extension ClientFailure {
    /// Whether the same request may well be answered later.
    fileprivate var isPassing: Bool {
        switch self {
        case .connection: true
        case .problem(let status, _, _): [429, 502, 503, 504].contains(status)
        default: false
        }
    }
}

/// Cuts bytes into lines as they come.
private struct Lines {
    private var rest: [UInt8] = []

    /// The lines that are whole now.
    mutating func take(_ bytes: [UInt8]) -> [String] {
        rest += bytes
        guard let end = rest.lastIndex(of: 0x0A) else { return [] }
        let whole = rest[..<end].split(separator: 0x0A)
        defer { rest.removeSubrange(...end) }
        return whole.map { String(decoding: $0, as: UTF8.self) }
    }
}
