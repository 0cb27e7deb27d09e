import Logging
import Protocol
import Synchronization
import Training

/// The whole server: store, jobs and HTTP, started and stopped in order.
public final class Service: Sendable {
    private let store: Store
    private let jobs: JobQueue
    private let http: HTTPServer
    private let readiness = Readiness()
    private let access: AccessControl?
    private let logger: Logger
    private let scheme: String
    private let host: String
    private let retention: Int?
    private let sweeper = Mutex<Task<Void, Never>?>(nil)

    /// Opens the data directory and makes ready what serves it.
    /// - `workers`: How many jobs run side by side.
    /// - `runtime`: What one job takes of the machine.
    /// - `access`: Who may ask; nil for everybody.
    /// - `limits`: The most that it takes of each.
    /// - `remoteMonitors`: Where `RemoteMonitor` may send figures.
    /// - Throws: What an operator has to mend.
    public init(
        dataDirectory: String, configuration: ServerConfiguration, workers: Int, runtime: Runtime,
        access: AccessControl? = nil, limits: APILimits, remoteMonitors: [RemoteRoot] = [], logger: Logger
    ) throws {
        self.access = access
        self.logger = logger
        scheme = configuration.tls == nil ? "http" : "https"
        host = configuration.host
        retention = limits.retentionSeconds
        var configuration = configuration
        limits.apply(to: &configuration)
        let counters = Counters()
        store = try Store(
            directory: dataDirectory,
            arrayLimits: ArrayLimits(
                maximumBytes: limits.inflatedBytes, maximumJSONBytes: limits.jsonBytes))
        jobs = try JobQueue(
            store: store,
            runner: TrainingRunner(
                runtime: runtime, samples: counters.samples, remoteMonitors: remoteMonitors),
            workers: workers, longestRun: limits.jobSeconds, logger: logger)
        let api = API(
            store: store, jobs: jobs, runtime: runtime, counters: counters, readiness: readiness,
            limits: limits, remoteMonitors: remoteMonitors)
        http = HTTPServer(
            router: api.router(
                access: access, isLoopback: ServerConfiguration.isLoopback(configuration.host)),
            configuration: configuration, logger: logger,
            observer: { counters.record($0) })
        let connections: @Sendable () -> Int = { [weak http] in http?.connectionCount ?? 0 }
        counters.connections.withLock { $0 = connections }
    }

    /// Starts the workers and listens; the URL under which the server is reached.
    public func start() throws -> String {
        let address = try http.start()
        jobs.start()
        readiness.begin()
        if let retention {
            let jobs = jobs
            sweeper.withLock { $0 = Task { await jobs.forgetEnded(afterSeconds: retention) } }
        }
        let name = host.contains(":") ? "[\(host)]" : host
        return "\(scheme)://\(name):\(address.port)"
    }

    /// Returns when all that connections live on has had its turn: not at all, should it hang.
    public func pulse() async { await http.pulse() }

    /// Reads the token file and the certificate again. What cannot be used is logged, and the old one stays.
    public func reload() {
        for (what, reload) in [
            ("the token file", { try self.access?.reload() }),
            ("the certificate", { try self.http.reloadCertificate() }),
        ] {
            do {
                try reload()
            } catch {
                logger.error("\(what) stays as it was: \(error)")
            }
        }
        logger.notice("reloaded")
    }

    /// Stops in good order: new work is refused, what runs is saved, streams are told, connections end.
    public func stop() async {
        logger.notice("stopping")
        readiness.drain()
        sweeper.withLock { $0?.cancel() }
        await jobs.drain(seconds: 20)
        await http.stop(deadline: .seconds(5))
        do {
            try store.close()
        } catch {
            logger.error("the store did not close: \(error)")
        }
        logger.notice("stopped")
    }
}
