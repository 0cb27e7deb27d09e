import OrderedCollections

/// A compile, fit, evaluation or prediction that was accepted, and what has become of it.
public struct Job: Sendable, Hashable {
    /// Its name.
    public var id: JobID
    /// What it does.
    public var type: JobType
    /// The name of the model it works on.
    public var model: String
    /// The model itself, whatever stands under its name.
    public var modelID: ModelID
    /// How far it is.
    public var status: JobStatus
    /// When it was accepted.
    public var createdAt: Timestamp
    /// When it first ran.
    public var startedAt: Timestamp?
    /// When it ended.
    public var finishedAt: Timestamp?
    /// Its place among the jobs of its model that wait, from 1; nil when it does not wait.
    public var queuePosition: Int?
    /// Where it stands; nil before it has told.
    public var progress: JobProgress?
    /// What came out; nil before the end and where nothing does.
    public var result: JSONValue?
    /// Why it failed.
    public var error: Problem?
    /// What was asked for: the body of the request. Null where that is big and the store alone has it.
    public var request: JSONValue
    /// The seed of all that is random in the job; drawn when the request has none. It fits 32 bits.
    public var seed: Int
    /// Which content each dataset had, by name, when the job was accepted; kept for the job until it ends.
    public var datasets: OrderedDictionary<String, DatasetID>

    /// A job.
    public init(
        id: JobID, type: JobType, model: String, modelID: ModelID, status: JobStatus = .queued,
        createdAt: Timestamp, startedAt: Timestamp? = nil, finishedAt: Timestamp? = nil,
        queuePosition: Int? = nil, progress: JobProgress? = nil, result: JSONValue? = nil,
        error: Problem? = nil, request: JSONValue = [:], seed: Int = 0,
        datasets: OrderedDictionary<String, DatasetID> = [:]
    ) {
        self.id = id
        self.type = type
        self.model = model
        self.modelID = modelID
        self.status = status
        self.createdAt = createdAt
        self.startedAt = startedAt
        self.finishedAt = finishedAt
        self.queuePosition = queuePosition
        self.progress = progress
        self.result = result
        self.error = error
        self.request = request
        self.seed = seed
        self.datasets = datasets
    }

    /// As the contract describes a job.
    public var json: JSONValue {
        [
            "id": .string(id.description), "type": .string(type.rawValue), "model": .string(model),
            "status": .string(status.rawValue), "created_at": .string(createdAt.description),
            "started_at": startedAt.map { .string($0.description) } ?? .null,
            "finished_at": finishedAt.map { .string($0.description) } ?? .null,
            "queue_position": queuePosition.map { .integer(Int64($0)) } ?? .null,
            "progress": progress?.json ?? .null, "result": result ?? .null, "error": error?.json ?? .null,
            "links": links,
        ]
    }

    private var links: JSONValue {
        let path = "/v1/jobs/\(id)"
        var links: JSONObject = [
            "self": .string(path), "events": .string(path + "/events"),
            "model": .string("/v1/models/\(model)"),
        ]
        if type == .fit {
            links["history"] = .string(path + "/history")
            links["checkpoints"] = .string(path + "/checkpoints")
            links["files"] = .string(path + "/files")
        }
        if !status.isEnded { links["cancel"] = .string(path + "/cancel") }
        return .object(links)
    }
}
