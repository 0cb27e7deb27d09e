import HTTPTypes
import Protocol

/// All jobs as a stream, for those who watch a list of them.
extension API {
    /// After so many seconds without a change, a comment keeps the stream open.
    private static let heartbeat = 15.0

    func changes(_ router: inout Router) {
        router.on(.get, "/v1/events") { request in
            let type = try request.negotiated([.eventStream, .ndjson])
            let feed = jobs.feed(follow: try request.follows)
            let place = try streams.take()
            let fields: HTTPFields = [.cacheControl: "no-store", .vary: "Accept"]
            return .stream(contentType: type.description, fields: fields) { writer in
                try await Self.write(feed, as: type, to: writer)
                withExtendedLifetime(place) {}
            }
        }
    }

    private static func write(_ feed: JobFeed, as type: MediaType, to writer: ResponseWriter) async throws {
        var feed = feed
        while let jobs = try await feed.next(within: heartbeat) {
            var output: [UInt8] = []
            for job in jobs {
                if type == .ndjson {
                    output += job.json.encoded() + [0x0A]
                } else {
                    output += Array("event: job\ndata: ".utf8) + job.json.encoded() + [0x0A, 0x0A]
                }
            }
            if jobs.isEmpty, type == .eventStream { output = Array(": \n\n".utf8) }
            try await writer.write(output)
        }
    }
}
