import HTTPTypes
import Logging
import Protocol
import Training

/// The service as clients see it: what answers each path.
public struct API: Sendable {
    /// What this version of the server is called.
    public static let version = "0.1.0"

    let store: Store
    let jobs: JobQueue
    let runtime: Runtime
    let counters: Counters
    let readiness: Readiness
    let limits: APILimits
    let remoteMonitors: [RemoteRoot]
    let streams: StreamPlaces
    let memory: RequestMemory
    let jobAnswers = JobAnswers()
    let checkedFits = CheckedFits()

    /// The service over a store and its jobs.
    /// - `runtime`: What one prediction or evaluation takes of the machine.
    /// - `counters`: What has been counted, for `/metrics`.
    /// - `readiness`: Whether work is taken, for `/readyz`.
    /// - `remoteMonitors`: Where `RemoteMonitor` may send figures.
    public init(
        store: Store, jobs: JobQueue, runtime: Runtime, counters: Counters = Counters(),
        readiness: Readiness = Readiness(), limits: APILimits = APILimits(), remoteMonitors: [RemoteRoot] = []
    ) {
        self.store = store
        self.jobs = jobs
        self.runtime = runtime
        self.counters = counters
        self.readiness = readiness
        self.limits = limits
        self.remoteMonitors = remoteMonitors
        streams = StreamPlaces(limit: limits.streams)
        memory = RequestMemory(limit: limits.requestMemoryBytes)
    }

    /// A router of all paths.
    /// - Parameters:
    ///   - access: Who may ask; nil for everybody.
    ///   - isLoopback: Whether being on this machine is what lets a client in.
    ///   - logger: Where changes are recorded.
    public func router(
        access: AccessControl? = nil, isLoopback: Bool = false, logger: Logger = Logger(label: "fitd.audit")
    ) -> Router {
        let audit = Audit(logger: logger)
        var router = Router()
        router.use(ProblemFields())
        router.use(RequestShares(memory: memory))
        // Of a token no page of another site knows; where none is needed, being reached by a browser is enough.
        if isLoopback || access == nil { router.use(SameSite()) }
        if let access { router.use(access.middleware(audit)) }
        router.use(audit)
        dashboard(&router)
        service(&router)
        tokens(&router, access)
        datasets(&router)
        arrays(&router)
        models(&router)
        layers(&router)
        summary(&router)
        weights(&router)
        training(&router)
        inference(&router)
        jobs(&router)
        events(&router)
        changes(&router)
        history(&router)
        checkpoints(&router)
        files(&router)
        return router
    }

    /// What a request, with or without a content, takes of the memory there is for all of them.
    func share(of request: Request) -> RequestMemory.Share {
        request.memory ?? RequestMemory.Share(of: memory)
    }

    /// The machine as checks before a job see it: the same memory, no threads.
    var checking: Runtime { Runtime(threads: 1, memoryLimit: runtime.memoryLimit) }
}
