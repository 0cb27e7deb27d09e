import Dispatch
import Foundation
import Glibc
import Logging
import Synchronization

/// An HTTP/1.1 server on POSIX sockets: listens, and has a router answer.
public final class HTTPServer: Sendable {
    private struct State {
        var listener: Listener?
        var tls: TLSContext?
        var timer: Timer?
        var accepted = 0
        /// How many had been accepted when memory was last given back.
        var acceptedAtTrim = 0
        var sessions: [ObjectIdentifier: HTTPSession] = [:]
    }

    /// `@unchecked Sendable`: a Dispatch source may be cancelled from any thread, and nothing else is done.
    private struct Timer: @unchecked Sendable {
        let source: any DispatchSourceTimer
    }

    private let router: Router
    private let configuration: ServerConfiguration
    private let logger: Logger
    private let observer: RequestObserver?
    /// What connections live on, each on one: enough to use several processors, and few beside a training.
    private let executors = (0..<min(4, max(2, ProcessInfo.processInfo.activeProcessorCount))).map {
        SerialQueueExecutor(label: "fitd.connections.\($0)")
    }
    private let state = Mutex(State())

    /// A server that does not listen yet.
    ///
    /// - `observer`: Is told of each request when it has been answered.
    public init(
        router: Router, configuration: ServerConfiguration = ServerConfiguration(), logger: Logger,
        observer: RequestObserver? = nil
    ) {
        self.router = router
        self.configuration = configuration
        self.logger = logger
        self.observer = observer
    }

    /// Begins to listen, and returns the address with the port that was taken. Throws
    /// ``ServerStartError`` when the address or the certificate cannot be used.
    public func start() throws -> SocketAddress {
        let tls = try loadTLS()
        let listener = try Listener(
            host: configuration.host, port: configuration.port, limit: Self.limit(configuration))
        let context = ServerContext(
            router: router, configuration: configuration, logger: logger, observer: observer,
            handlers: HandlerPool(), isLoopback: listener.address.isLoopback)
        let timer = DispatchSource.makeTimerSource(queue: listener.executor.queue)
        timer.schedule(deadline: .now(), repeating: .milliseconds(250), leeway: .milliseconds(50))
        timer.setEventHandler { [weak self] in self?.expire() }
        timer.activate()
        state.withLock {
            $0.listener = listener
            $0.tls = tls
            $0.timer = Timer(source: timer)
        }
        let acceptor: Listener.Acceptor = { [weak self] descriptor, address in
            guard let self else {
                close(descriptor)
                return
            }
            accept(descriptor, from: address, listener: listener, context: context)
        }
        listener.executor.queue.async { listener.assumeIsolated { $0.start(acceptor) } }
        return listener.address
    }

    /// Reads the certificate and its key again, for the connections to come. Throws when they cannot be used, and
    /// goes on with the old ones.
    public func reloadCertificate() throws {
        guard let tls = try loadTLS() else { return }
        state.withLock { $0.tls = tls }
    }

    private func loadTLS() throws(ServerStartError) -> TLSContext? {
        guard let files = configuration.tls else { return nil }
        return try TLSContext(certificate: files.certificate, key: files.key)
    }

    /// Returns when every queue that connections live on has had its turn: not at all, should one hang.
    public func pulse() async {
        for executor in executors {
            await withCheckedContinuation { continuation in
                executor.queue.async { continuation.resume() }
            }
        }
    }

    /// Stops: accepts no more connections, lets the answers under way end, tells streams by cancelling their
    /// tasks, and closes what is left after `deadline`.
    public func stop(deadline: Duration = .seconds(20)) async {
        let (listener, timer) = state.withLock { ($0.listener, $0.timer) }
        await listener?.stop()
        for session in sessions { Task { await session.drain() } }
        await wait(.now + deadline)
        for session in sessions { Task { await session.abort() } }
        await wait(.now + .seconds(1))
        timer?.source.cancel()
        state.withLock { $0.listener = nil }
    }

    /// Returns when no connection is left, or at `deadline`.
    private func wait(_ deadline: ContinuousClock.Instant) async {
        while !sessions.isEmpty, .now < deadline { try? await Task.sleep(for: .milliseconds(10)) }
    }

    /// The number of open connections.
    public var connectionCount: Int { state.withLock { $0.sessions.count } }

    private var sessions: [HTTPSession] { state.withLock { Array($0.sessions.values) } }

    private func accept(
        _ descriptor: Int32, from address: SocketAddress, listener: Listener, context: ServerContext
    ) {
        let tls = state.withLock { $0.tls }
        let session = tls.flatMap { $0.makeSession() }
        guard (tls == nil) == (session == nil) else {
            close(descriptor)
            listener.release()
            return
        }
        let executor = state.withLock { state in
            state.accepted &+= 1
            return executors[state.accepted % executors.count]
        }
        let connection = Connection(
            descriptor: descriptor, remoteAddress: address, executor: executor, tls: session,
            onClose: { listener.release() })
        let served = HTTPSession(connection: connection, context: context)
        state.withLock { $0.sessions[ObjectIdentifier(served)] = served }
        let onEnd: @Sendable () -> Void = { [weak self] in self?.forget(served) }
        executor.queue.async { served.assumeIsolated { $0.start(onEnd: onEnd) } }
    }

    private func forget(_ session: HTTPSession) {
        state.withLock { _ = $0.sessions.removeValue(forKey: ObjectIdentifier(session)) }
    }

    private func expire() {
        let now = Connection.now()
        for session in sessions { session.connection.expire(now: now) }
        trimAfterFlood()
    }

    /// Gives memory back when many connections have come and all have gone: the allocator would keep what they took.
    private func trimAfterFlood() {
        let isDue = state.withLock { state in
            guard state.sessions.isEmpty, state.accepted &- state.acceptedAtTrim >= 1000 else { return false }
            state.acceptedAtTrim = state.accepted
            return true
        }
        if isDue { _ = malloc_trim(0) }
    }

    /// How many connections the process can have open: two descriptors each, when it answers slow readers,
    /// beside those for files and the store.
    private static func limit(_ configuration: ServerConfiguration) -> Int {
        var limits = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limits) == 0 else {
            return configuration.connectionLimit
        }
        let descriptors = Int(clamping: limits.rlim_cur)
        return max(1, min(configuration.connectionLimit, (descriptors - descriptors / 4) / 2))
    }
}

/// `malloc_trim(3)`, which the Glibc module leaves out.
@_silgen_name("malloc_trim")
private func malloc_trim(_ padding: Int) -> Int32
