import HTTPTypes
import Logging
import Protocol

/// What all connections of a server have in common.
struct ServerContext: Sendable {
    let router: Router
    let configuration: ServerConfiguration
    let logger: Logger
    let observer: RequestObserver?
    /// What handlers run on.
    let handlers: HandlerPool
    /// Whether the server listens on a loopback address, and so answers to the names of one alone.
    let isLoopback: Bool
}

/// The HTTP of one connection: request after request until either side ends it.
///
/// Runs on the connection's queue; the handlers that it calls run elsewhere.
actor HTTPSession {
    enum Phase {
        case idle, handling, streaming
    }

    private enum NextHead {
        case head(RequestHead)
        case refused(Problem)
        case end
    }

    nonisolated let connection: Connection
    nonisolated let context: ServerContext
    nonisolated var unownedExecutor: UnownedSerialExecutor { connection.unownedExecutor }

    private var parser: RequestParser
    private var requestCount = 0
    private var task: Task<Void, Never>?
    var phase = Phase.idle
    var isDraining = false
    /// Bytes that have arrived and are not yet parsed.
    var input: ArraySlice<UInt8> = []
    var content: IncomingContent?
    /// Bytes of content sent in the current answer.
    var sentCount = 0

    init(connection: Connection, context: ServerContext) {
        self.connection = connection
        self.context = context
        parser = RequestParser(limits: context.configuration.headLimits)
    }

    /// Begins to serve the connection; `onEnd` is called when it has been closed.
    func start(onEnd: @escaping @Sendable () -> Void) {
        let task = Task(executorPreference: connection.executor) {
            await self.run()
            onEnd()
        }
        self.task = task
        connection.assumeIsolated { $0.start(onGone: { task.cancel() }) }
    }

    /// Makes an end: now when nothing is asked, with the answer under way otherwise. A stream is told by the
    /// cancellation of its task.
    func drain() async {
        isDraining = true
        switch phase {
        case .idle where parser.isEmpty: await connection.endReading()
        case .streaming: task?.cancel()
        case .idle, .handling: break
        }
    }

    /// Makes an end, whatever is under way.
    func abort() async {
        task?.cancel()
        await connection.close()
    }

    private func run() async {
        var isOpen = true
        while isOpen, !isDraining || !input.isEmpty {
            switch await nextHead() {
            case .head(let head): isOpen = await serve(head)
            case .refused(let problem):
                await refuse(problem)
                isOpen = false
            case .end: isOpen = false
            }
        }
        await finish()
    }

    private func nextHead() async -> NextHead {
        phase = .idle
        let configuration = context.configuration
        let isFirst = requestCount == 0
        var began = isFirst || !input.isEmpty ? Connection.now() : nil
        while true {
            do throws(Problem) {
                if let head = try parser.parse(&input) { return .head(head) }
            } catch {
                return .refused(error)
            }
            if isDraining, parser.isEmpty { return .end }
            let deadline =
                began.map { $0 &+ configuration.headTimeout.nanoseconds }
                ?? Connection.now() &+ configuration.idleTimeout.nanoseconds
            switch await connection.nextArrival(until: deadline) {
            case .bytes(let bytes):
                began = began ?? Connection.now()
                input = bytes[...]
            case .gone: return .end
            case .end where parser.isEmpty, .timedOut where parser.isEmpty: return .end
            case .end: return .refused(Problem(.malformed, "The connection ended within a request's head."))
            case .timedOut:
                return .refused(
                    Problem(.timeout, "The request's head took longer than \(configuration.headTimeout)."))
            }
        }
    }

    /// Answers one request, and says whether another may follow.
    private func serve(_ head: RequestHead) async -> Bool {
        let began = Connection.now()
        let id = Self.id(of: head)
        phase = .handling
        requestCount += 1
        sentCount = 0
        content = IncomingContent(head, number: requestCount, configuration: context.configuration)
        var (response, pattern) = await respond(to: head, id: id)
        var keepsAlive = await settleContent()
        if let failure = content?.failure { response = .problem(failure) }
        guard !connection.isClosed else { return false }
        let sent = await send(response, to: head, id: id, keepsAlive: &keepsAlive)
        response.memory?.release()
        record(
            head.request, id: id, pattern: pattern, status: sent.status,
            duration: .nanoseconds(Int64(clamping: Connection.now() &- began)))
        guard keepsAlive, sent.isComplete, await skipContent() else { return false }
        content = nil
        return true
    }

    /// The id that the client or a proxy has given the request, or a new one.
    private static func id(of head: RequestHead) -> String {
        let given = head.request.headerFields[.requestID] ?? ""
        let isWellFormed = given.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "_"),
                UInt8(ascii: "-"):
                true
            default: false
            }
        }
        return isWellFormed && (1...128).contains(given.utf8.count)
            ? given : IdentifierSource.requests.next().description
    }

    private func respond(to head: RequestHead, id: String) async -> (Response, pattern: String?) {
        do throws(Problem) {
            try check(head)
            let number = requestCount
            var length: Int?
            if case .length(let count) = head.framing { length = count }
            let body =
                try arrivedContent(length)
                ?? RequestBody(contentLength: length) { [self] () throws(Problem) in
                    try await readContent(of: number)
                }
            let routed = context.router.route(
                try Request(
                    id: id, head: head.request, remoteAddress: connection.remoteAddress, body: body))
            let pattern = routed.request.pattern
            if let outcome = routed.outcome { return (response(outcome, to: routed.request), pattern) }
            let response = await withTaskExecutorPreference(context.handlers) { await answer(routed) }
            return (response, pattern)
        } catch {
            return (.problem(error), nil)
        }
    }

    /// The answer of a handler that runs on the executor that the task prefers.
    @concurrent private nonisolated func answer(_ routed: RoutedRequest) async -> Response {
        response(await routed.answer(), to: routed.request)
    }

    /// The answer that a handler gives or throws, in the coding that it is sent with.
    private nonisolated func response(
        _ outcome: Result<Response, any Error>, to request: Request
    ) -> Response {
        var response: Response
        do {
            response = try outcome.get()
        } catch let problem as Problem {
            response = .problem(problem)
            // Beside a 415, what content may be coded with (RFC 9110, section 12.5.3).
            if problem.kind == .unsupportedMediaType, request.fields[.contentEncoding] != nil {
                response.fields[.acceptEncoding] = "gzip"
            }
        } catch let thrown as ProblemResponse {
            response = .problem(thrown.problem, fields: thrown.fields)
        } catch {
            // Behind a client that has gone, errors are its doing.
            if !connection.isClosed {
                let metadata: Logger.Metadata = [
                    "id": "\(request.id)", "error": "\(String(reflecting: error))",
                ]
                context.logger.error("A handler failed", metadata: metadata)
            }
            let detail = "The server failed. Its log says more under the request's id, \(request.id)."
            response = .problem(Problem(.internalError, detail))
        }
        return response.coded(for: request.fields[.acceptEncoding])
    }

    /// The limits that need no content.
    private func check(_ head: RequestHead) throws(Problem) {
        let configuration = context.configuration
        if case .length(let length) = head.framing, length > configuration.contentLimit {
            throw RequestBody.tooLarge(limit: configuration.contentLimit)
        }
        if case .other = head.expectation {
            throw Problem(.expectationFailed, "The only expectation known here is 100-continue.")
        }
        // A page of another site may have its own name point to this machine (DNS rebinding).
        if context.isLoopback, let authority = head.request.authority, let host = HostField(authority),
            !host.isLoopback, host.name != configuration.host.lowercased()
        {
            throw Problem(
                .misdirected,
                "This server is for its own machine, and answers to localhost, not \(host.name).")
        }
    }

    private func refuse(_ problem: Problem) async {
        let head = RequestHead.unreadable
        let id = ULID().description
        sentCount = 0
        var keepsAlive = false
        let began = Connection.now()
        let sent = await send(.problem(problem), to: head, id: id, keepsAlive: &keepsAlive)
        record(
            head.request, id: id, pattern: nil, status: sent.status,
            duration: .nanoseconds(Int64(clamping: Connection.now() &- began)))
    }

    private func record(
        _ request: HTTPRequest, id: String, pattern: String?, status: Int, duration: Duration
    ) {
        context.logger.info(
            "request",
            metadata: [
                "id": "\(id)", "method": "\(request.method)", "target": "\(request.path ?? "-")",
                "status": .stringConvertible(status), "bytes": .stringConvertible(sentCount),
                "microseconds": .stringConvertible(Int(duration / .microseconds(1))),
                "client": "\(connection.remoteAddress)",
            ])
        context.observer?(
            RequestMetrics(
                method: request.method, pattern: pattern, status: status, bytes: sentCount,
                duration: duration))
    }

    /// Closes so that the client gets the whole answer: a socket that is closed while bytes arrive is reset,
    /// and a reset destroys what the client has not read yet.
    private func finish() async {
        if !connection.isClosed {
            await connection.endWriting()
            let second: UInt64 = 1_000_000_000
            let deadline = Connection.now() &+ 3 &* second
            while Connection.now() < deadline,
                case .bytes = await connection.read(until: min(deadline, Connection.now() &+ second))
            {}
        }
        await connection.close()
    }
}

extension RequestHead {
    /// What stands for a head that could not be read.
    static let unreadable = RequestHead(
        request: HTTPRequest(method: .get, scheme: nil, authority: nil, path: nil), isVersion10: false,
        framing: .length(0), keepsAlive: false, expectation: .none)
}
