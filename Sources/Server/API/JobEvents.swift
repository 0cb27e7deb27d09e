import HTTPTypes
import Protocol

/// What happens to a job, as a stream: server-sent events, NDJSON, or text as Keras prints it.
extension API {
    /// After so many seconds without an event, a comment keeps the stream open.
    private static let heartbeat = 15.0

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
        while let events = try await reader.next(within: heartbeat) {
            var output: [UInt8] = []
            for event in events {
                switch type {
                case .ndjson: output += event.json.encoded() + [0x0A]
                case .text: output += Array(console.print(event).utf8)
                default: output += serverSent(event)
                }
            }
            if events.isEmpty, type == .eventStream { output = Array(": \n\n".utf8) }
            try await writer.write(output)
        }
    }

    /// `id`, `event` and `data`, each on a line, and an empty line (HTML Standard, 9.2).
    private static func serverSent(_ event: JobEvent) -> [UInt8] {
        Array("id: \(event.id)\nevent: \(event.kind.rawValue)\ndata: ".utf8) + event.data.encoded()
            + [0x0A, 0x0A]
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
