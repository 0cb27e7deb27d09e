import Protocol

/// The most that the service takes of each.
public struct APILimits: Sendable {
    /// Bytes of a content, on the wire.
    public var bodyBytes = 64 << 30
    /// Bytes of a request's header fields.
    public var headerBytes = 32 << 10
    /// Bytes of a JSON body.
    public var jsonBytes = 16 << 20
    /// How deep arrays and objects of a JSON body nest.
    public var jsonDepth = JSONLimits.default.maximumDepth
    /// Bytes of a content with its coding taken off, and of all arrays of a file.
    public var inflatedBytes = 64 << 30
    /// Bytes of an array that is sent with a request to predict.
    public var arrayBytes = 256 << 20
    /// Bytes of memory that the contents of all requests take together.
    public var requestMemoryBytes = 4 << 30
    /// Elements of an array that is given as JSON.
    public var jsonArrayElements = 1 << 20
    /// Bytes of a dataset, as it is sent.
    public var datasetBytes = 64 << 30
    /// Bytes of a model's weights.
    public var modelBytes = 64 << 30
    /// Bytes that a job takes: variables, activations and gradients.
    public var jobBytes = 64 << 30
    /// Seconds for which a job runs; nil for any time.
    public var jobSeconds: Int?
    /// Seconds after which a fit saves where it stands in the midst of an epoch; nil for the ends of epochs alone.
    public var checkpointSeconds: Int? = 30
    /// Seconds for which an answer is held.
    public var waitSeconds = 600
    /// Jobs that wait.
    public var queuedJobs = 1000
    /// Event streams at one time.
    public var streams = 512
    /// Connections at one time.
    public var connections = 1024
    /// Seconds for which ended jobs are kept; nil for ever.
    public var retentionSeconds: Int?
    /// Requests a second of one token; nil for any number.
    public var tokenRate: Int?
    /// Bytes of all datasets that one token has stored; nil for any number.
    public var tokenBytes: Int?

    /// The defaults.
    public init() {}

    /// Sets what the connections look after.
    func apply(to configuration: inout ServerConfiguration) {
        configuration.contentLimit = bodyBytes
        configuration.inflatedLimit = inflatedBytes
        configuration.headLimits.fields = headerBytes
        configuration.connectionLimit = connections
    }

    var json: JSONValue {
        let limits: KeyValuePairs<String, Int?> = [
            "body_bytes": bodyBytes, "header_bytes": headerBytes, "json_bytes": jsonBytes,
            "json_depth": jsonDepth, "inflated_bytes": inflatedBytes, "array_bytes": arrayBytes,
            "request_memory_bytes": requestMemoryBytes, "json_array_elements": jsonArrayElements,
            "dataset_bytes": datasetBytes,
            "model_bytes": modelBytes, "job_bytes": jobBytes, "job_seconds": jobSeconds,
            "checkpoint_seconds": checkpointSeconds,
            "wait_seconds": waitSeconds, "queued_jobs": queuedJobs, "streams": streams,
            "connections": connections, "retention_seconds": retentionSeconds,
            "token_requests_per_second": tokenRate, "token_bytes": tokenBytes,
            "layers": ModelDefinition.mostLayers,
        ]
        var members: JSONObject = [:]
        for (name, value) in limits { members[name] = value.map { .integer(Int64($0)) } ?? .null }
        return .object(members)
    }
}
