import Foundation
import HTTPTypes
import Logging
import Protocol
import Server
import Testing
import Training

/// The service over a data directory of its own, asked without a socket.
final class TestService: Sendable {
    let data: DataDirectory
    let store: Store
    let jobs: JobQueue
    let router: Router
    let readiness = Readiness()

    /// - Parameters:
    ///   - data: What an earlier service left.
    ///   - change: Limits other than the defaults.
    init(
        _ data: DataDirectory = DataDirectory(), starts: Bool = true, access: AccessControl? = nil,
        isLoopback: Bool = false, memoryLimit: Int = 1 << 34, remoteMonitors: [RemoteRoot] = [],
        memory: Int = Machine.memory,
        logger: Logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() },
        _ change: (inout APILimits) -> Void = { _ in }
    ) throws {
        self.data = data
        store = try data.open()
        let runtime = Runtime(threads: 1, memoryLimit: memoryLimit, memory: memory)
        var limits = APILimits()
        change(&limits)
        jobs = try JobQueue(
            store: store,
            runner: TrainingRunner(runtime: runtime, remoteMonitors: remoteMonitors),
            workers: 2, longestRun: limits.jobSeconds, logger: logger)
        router = API(
            store: store, jobs: jobs, runtime: runtime, readiness: readiness, limits: limits,
            remoteMonitors: remoteMonitors
        ).router(access: access, isLoopback: isLoopback, logger: logger)
        if starts { jobs.start() }
        readiness.begin()
    }

    deinit {
        let jobs = jobs
        Task { await jobs.drain(seconds: 1) }
    }

    /// Asks, and answers as the server would: a problem is its document.
    func send(
        _ method: HTTPRequest.Method, _ target: String, fields: HTTPFields = [:], body: [UInt8] = []
    ) async throws -> Answer {
        let head = HTTPRequest(
            method: method, scheme: "http", authority: "localhost:8080", path: target, headerFields: fields)
        do {
            return try await Answer(router.respond(to: Request(head: head, body: RequestBody(body))))
        } catch let problem as Problem {
            return try await Answer(.problem(problem))
        } catch let response as ProblemResponse {
            return try await Answer(.problem(response.problem, fields: response.fields))
        }
    }

    func get(_ target: String, _ fields: HTTPFields = [:]) async throws -> Answer {
        try await send(.get, target, fields: fields)
    }

    func send(
        _ method: HTTPRequest.Method, _ target: String, _ json: JSONValue, _ fields: HTTPFields = [:]
    ) async throws -> Answer {
        var fields = fields
        fields[.contentType] = fields[.contentType] ?? "application/json"
        return try await send(method, target, fields: fields, body: json.encoded())
    }

    func put(_ target: String, _ json: JSONValue, _ fields: HTTPFields = [:]) async throws -> Answer {
        try await send(.put, target, json, fields)
    }

    func post(_ target: String, _ json: JSONValue = [:], _ fields: HTTPFields = [:]) async throws -> Answer {
        try await send(.post, target, json, fields)
    }

    /// A job that was posted, at its end.
    @discardableResult
    func ended(_ answer: Answer, _ status: String = "succeeded") async throws -> JSONValue {
        let id = try #require(answer.json["id"]?.string, "\(answer.text)")
        var job = JSONValue.null
        // A sanitizer takes its time.
        for _ in 1...10 where job["finished_at"]?.string == nil {
            job = try await get("/v1/jobs/\(id)?wait=60").json
        }
        #expect(job["status"]?.string == status, "\(job["error"] ?? .null)")
        return job
    }

    /// A compiled model `[null, 2]` → `[null, 1]` named `m`.
    func compiledModel(_ name: String = "m", optimizer: JSONValue = "sgd", stateful: Bool = false)
        async throws
    {
        let answer = try await put("/v1/models/\(name)", .xor)
        try #require(answer.status == 201, "\(answer.text)")
        try await ended(
            post(
                "/v1/models/\(name)/compile",
                ["optimizer": optimizer, "loss": "binary_crossentropy", "metrics": ["accuracy"]]))
    }
}

/// What a client gets.
struct Answer: Sendable {
    let status: Int
    let fields: HTTPFields
    let body: [UInt8]

    init(_ response: Response) async throws {
        status = response.status.code
        fields = response.fields
        switch response.body {
        case .none: body = []
        case .bytes(let bytes): body = bytes
        case .file(let path, let offset, let count):
            let file = try FileHandle(forReadingFrom: URL(filePath: path))
            try file.seek(toOffset: UInt64(offset))
            body = Array(try file.read(upToCount: count) ?? Data())
        case .stream(let write):
            let collected = Collected()
            try await write(ResponseWriter(write: { await collected.add($0) }))
            body = await collected.bytes
        }
    }

    private actor Collected {
        var bytes: [UInt8] = []
        func add(_ more: [UInt8]) { bytes += more }
    }

    var text: String { String(decoding: body, as: UTF8.self) }
    var json: JSONValue { (try? JSONValue(parsing: body)) ?? .null }
    /// The pointers of a problem's faults.
    var pointers: [String] { (json["errors"]?.array ?? []).compactMap { $0["pointer"]?.string } }
    /// A problem's words.
    var words: String {
        ([json["detail"]] + (json["errors"]?.array ?? []).map { $0["detail"] }).compactMap { $0?.string }
            .joined(separator: " ")
    }
}

extension JSONValue {
    /// A model of two layers for data of two features.
    static let xor: JSONValue = [
        "layers": [
            ["class_name": "Dense", "config": ["units": 4, "activation": "tanh", "input_dim": 2]],
            ["class_name": "Dense", "config": ["units": 1, "activation": "sigmoid"]],
        ]
    ]

    /// A fit on the four points of exclusive or.
    static func fit(epochs: Int, _ more: JSONObject = [:]) -> JSONValue {
        var members: JSONObject = [
            "x": [[0, 0], [0, 1], [1, 0], [1, 1]], "y": [[0], [1], [1], [0]],
            "epochs": .integer(Int64(epochs)),
        ]
        for (name, value) in more { members[name] = value }
        return .object(members)
    }
}

extension HTTPFields {
    static func accept(_ type: String) -> HTTPFields { [.accept: type] }
}
