import HTTPTypes
import Protocol

/// What happens to a job, as a stream: server-sent events, NDJSON, or text as Keras prints it.
extension API {
    /// After so many seconds without an event, a comment keeps the stream open.
    private static let heartbeat = 15.0
    /// A flood of events is gathered: pieces smaller than this come so far apart.
    private static let smallPiece = 16 << 10
    private static let pause = Duration.milliseconds(10)

    func events(_ router: inout Router) {
        router.on(.get, "/v1/jobs/{job}/events") { request in
            let id = try Self.id(request)
            let type = try request.negotiated([.eventStream, .ndjson, .text])
            // The bar of an epoch is drawn from its beginning, wherever a reader comes back.
            let reader = try jobs.events(
                of: id, after: try Self.lastEvent(request), follow: try request.follows)
            let place = try streams.take()
            let fields: HTTPFields = [
                .cacheControl: "no-store", .vary: "Accept",
            ]
            let contentType = type == .text ? "text/plain; charset=utf-8" : type.description
            return .stream(contentType: contentType, fields: fields) { writer in
                try await Self.write(reader, as: type, to: writer)
                withExtendedLifetime(place) {}
            }
        }
    }

    private static func lastEvent(_ request: Request) throws(Problem) -> Int {
        guard let text = request.fields[.lastEventID], !text.isEmpty else { return 0 }
        guard let number = Int(text), number >= 0 else {
            throw Problem(.malformed, "Last-Event-ID is the number of an event, not '\(text.prefix(80))'.")
        }
        return number
    }

    private static func write(
        _ events: EventReader, as type: MediaType, to writer: ResponseWriter
    ) async throws {
        var reader = events
        var console = ProgressText()
        var wrote = ContinuousClock.now - pause
        while let lines = try await reader.nextLines(within: heartbeat) {
            var output: [UInt8] = []
            for line in lines {
                switch type {
                case .ndjson:
                    output += line.bytes
                    output.append(0x0A)
                case .text: if let event = line.event { output += Array(console.print(event).utf8) }
                default: append(line, to: &output)
                }
            }
            if lines.isEmpty, type == .eventStream { output = Array(": \n\n".utf8) }
            try await writer.write(output)
            let isFlood = output.count < smallPiece && wrote.duration(to: .now) < pause
            if isFlood { try? await Task.sleep(until: wrote + pause) }
            wrote = .now
        }
    }

    /// `id`, `event` and `data`, each on a line, and an empty line (HTML Standard, 9.2).
    private static func append(_ line: EventLine, to output: inout [UInt8]) {
        output += "id: \(line.id)\nevent: \(line.kind.rawValue)\ndata: ".utf8
        output += line.data
        output += [0x0A, 0x0A]
    }
}

extension Request {
    private enum Truth: String, CaseIterable {
        case `true`, `false`
    }

    /// Whether a stream goes on behind now: `?follow=`.
    var follows: Bool {
        get throws(Problem) { try queryChoice("follow", Truth.self) != .false }
    }
}
