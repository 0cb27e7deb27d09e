import ArgumentParser
import Server

/// The most that the server takes of each; `GET /v1` tells them to clients.
struct LimitOptions: ParsableArguments {
    @Option(help: "Bytes of a request's content.")
    var maxBody: ByteCount = Environment.bytes("MAX_BODY") ?? ByteCount(64 << 30)

    @Option(help: "Bytes of a request's header fields.")
    var maxHeader: ByteCount = Environment.bytes("MAX_HEADER") ?? ByteCount(32 << 10)

    @Option(help: "Bytes of a JSON body.")
    var maxJson: ByteCount = Environment.bytes("MAX_JSON") ?? ByteCount(16 << 20)

    @Option(help: "How deep arrays and objects of a JSON body nest.")
    var maxJsonDepth: Int = Environment.integer("MAX_JSON_DEPTH") ?? 512

    @Option(help: "Bytes of a content or a file's arrays when unpacked.")
    var maxInflated: ByteCount = Environment.bytes("MAX_INFLATED") ?? ByteCount(64 << 30)

    @Option(
        help:
            "Bytes of memory that the contents of all requests take together; one alone may take more. By default a quarter of the memory there is."
    )
    var maxRequestMemory: ByteCount =
        Environment.bytes("MAX_REQUEST_MEMORY") ?? ByteCount(Machine.memory / 4)

    @Option(help: "Bytes of a dataset, as it is sent.")
    var maxDataset: ByteCount = Environment.bytes("MAX_DATASET") ?? ByteCount(64 << 30)

    @Option(help: "Bytes of a model's weights; by default those of --max-job-memory.")
    var maxModel: ByteCount?

    @Option(help: "Bytes that one job takes: variables, activations and gradients.")
    var maxJobMemory: ByteCount = Environment.bytes("MAX_JOB_MEMORY") ?? ByteCount(Machine.memoryOfJob)

    @Option(
        help:
            "How long a job runs, such as 12h, before it fails and its model keeps what it learnt; 0 for any time."
    )
    var maxJobTime: TimeSpan = Environment.time("MAX_JOB_TIME") ?? TimeSpan(seconds: 0)

    @Option(
        help:
            "How often a fit saves where it stands in the midst of an epoch, such as 30s; 0 for the ends of epochs alone."
    )
    var checkpointInterval: TimeSpan = Environment.time("CHECKPOINT_INTERVAL") ?? TimeSpan(seconds: 30)

    @Option(help: "Jobs that wait.")
    var maxQueue: Int = Environment.integer("MAX_QUEUE") ?? 1000

    @Option(help: "Event streams at one time.")
    var maxStreams: Int = Environment.integer("MAX_STREAMS") ?? 512

    @Option(help: "Connections at one time; more wait.")
    var maxConnections: Int = Environment.integer("MAX_CONNECTIONS") ?? 1024

    @Option(help: "How long ended jobs are kept, such as 90d; 0 for ever.")
    var keepJobs: TimeSpan = Environment.time("KEEP_JOBS") ?? TimeSpan(seconds: 90 * 86_400)

    @Option(help: "Requests a second of one token; 0 for any number.")
    var tokenRate: Int = Environment.integer("TOKEN_RATE") ?? 0

    @Option(help: "Bytes of all datasets that one token stores, such as 10G; 0 for any number.")
    var tokenBytes: ByteCount = Environment.bytes("TOKEN_BYTES") ?? ByteCount(0)

    mutating func validate() throws {
        maxModel = maxModel ?? Environment.bytes("MAX_MODEL")
        let positive = [
            ("--max-body", maxBody.count), ("--max-header", maxHeader.count), ("--max-json", maxJson.count),
            ("--max-json-depth", maxJsonDepth), ("--max-inflated", maxInflated.count),
            ("--max-request-memory", maxRequestMemory.count), ("--max-dataset", maxDataset.count),
            ("--max-model", maxModel?.count ?? 1),
            ("--max-job-memory", maxJobMemory.count), ("--max-queue", maxQueue),
            ("--max-streams", maxStreams), ("--max-connections", maxConnections),
        ]
        for (name, value) in positive where value < 1 { throw ValidationError("\(name) takes 1 or more.") }
        let natural = [
            ("--max-job-time", maxJobTime.seconds),
            ("--checkpoint-interval", checkpointInterval.seconds), ("--keep-jobs", keepJobs.seconds),
            ("--token-rate", tokenRate), ("--token-bytes", tokenBytes.count),
        ]
        for (name, value) in natural where value < 0 { throw ValidationError("\(name) takes 0 or more.") }
        guard maxJsonDepth <= 512 else { throw ValidationError("--max-json-depth takes 1 to 512.") }
    }

    /// The same as the server takes them.
    var limits: APILimits {
        var limits = APILimits()
        limits.bodyBytes = maxBody.count
        limits.headerBytes = maxHeader.count
        limits.jsonBytes = maxJson.count
        limits.jsonDepth = maxJsonDepth
        limits.inflatedBytes = maxInflated.count
        limits.requestMemoryBytes = maxRequestMemory.count
        limits.datasetBytes = maxDataset.count
        limits.jobBytes = maxJobMemory.count
        limits.modelBytes = maxModel?.count ?? maxJobMemory.count
        limits.jobSeconds = maxJobTime.seconds == 0 ? nil : maxJobTime.seconds
        limits.checkpointSeconds = checkpointInterval.seconds == 0 ? nil : checkpointInterval.seconds
        limits.queuedJobs = maxQueue
        limits.streams = maxStreams
        limits.connections = maxConnections
        limits.retentionSeconds = keepJobs.seconds == 0 ? nil : keepJobs.seconds
        limits.tokenRate = tokenRate == 0 ? nil : tokenRate
        limits.tokenBytes = tokenBytes.count == 0 ? nil : tokenBytes.count
        return limits
    }
}
