import Foundation
import HTTPTypes
import Logging
import Protocol
import Server
import Synchronization

/// A server with a few routes on a free port, which stops when its test lets it go.
final class TestServer: Sendable {
    let server: HTTPServer
    let address: SocketAddress
    let created = Mutex<[String]>([])

    init(
        _ change: (inout ServerConfiguration) -> Void = { _ in },
        routes: (inout Router) -> Void = { _ in }, observer: RequestObserver? = nil
    ) throws {
        var configuration = ServerConfiguration()
        configuration.port = 0
        change(&configuration)
        var router = Self.router
        routes(&router)
        server = HTTPServer(
            router: router, configuration: configuration,
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }, observer: observer)
        address = try server.start()
    }

    deinit {
        let server = server
        Task { await server.stop(deadline: .zero) }
    }

    static let long = String(repeating: "All work and no play makes Jack a dull boy. ", count: 100)

    private static var router: Router {
        var router = Router()
        router.on(.get, "/ok") { _ in .text("ok") }
        router.on(.post, "/echo") { request in
            .bytes(try await request.body.collect(upTo: 1 << 20), contentType: "application/octet-stream")
        }
        router.on(.post, "/count") { request in
            var count = 0
            for try await chunk in request.body { count += chunk.count }
            return .text("\(count)")
        }
        router.on(.post, "/unread") { _ in .text("unread") }
        router.on(.get, "/long") { _ in
            .text(long, fields: [.eTag: EntityTag("v1").description])
        }
        router.on(.get, "/fail") { _ in throw CocoaError(.fileNoSuchFile) }
        router.on(.get, "/private") { _ in
            throw ProblemResponse(
                Problem(.unauthorized, "A token is needed."), fields: [.wwwAuthenticate: "Bearer"])
        }
        router.on(.get, "/events") { _ in
            .stream(contentType: "text/event-stream") { writer in
                for number in 1...3 { try await writer.write("data: \(number)\n\n") }
            }
        }
        router.on(.get, "/none") { _ in Response(status: .noContent) }
        return router
    }
}

/// What the operating system says of this process.
enum ThisProcess {
    static var descriptorCount: Int {
        (try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").count) ?? 0
    }

    /// Resident bytes.
    static var memory: Int {
        let text = try? String(contentsOfFile: "/proc/self/statm", encoding: .ascii)
        return (text?.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0) * 4096
    }

    /// Seconds of processor time.
    static var processorTime: Double {
        var usage = rusage()
        getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
        func seconds(_ time: timeval) -> Double { Double(time.tv_sec) + Double(time.tv_usec) / 1e6 }
        return seconds(usage.ru_utime) + seconds(usage.ru_stime)
    }
}

/// Waits until a condition holds, and says whether it does.
func eventually(within limit: Duration = .seconds(10), _ condition: () -> Bool) async -> Bool {
    let end = ContinuousClock.now + limit
    while !condition() {
        if ContinuousClock.now > end { return false }
        try? await Task.sleep(for: .milliseconds(10))
    }
    return true
}
