import HTTPTypes
import Logging
import Protocol
import Server
import Synchronization
import Testing

/// Who may ask: tokens with their scopes, and pages of other sites.
@Suite struct AccessTests {
    private let secrets: [Scope: String]
    private let access: AccessControl

    init() throws {
        var file = TokenFile()
        var secrets: [Scope: String] = [:]
        for scope in Scope.allCases {
            secrets[scope] = try file.create(name: "a-\(scope.rawValue)", scope: scope, expiresAt: nil)
        }
        self.secrets = secrets
        access = try AccessControl(file)
    }

    private func bearer(_ scope: Scope) -> HTTPFields {
        [.authorization: "Bearer \(secrets[scope] ?? "")"]
    }

    @Test func aTokenOfTheFileIsNeeded() async throws {
        let service = try TestService(starts: false, access: access)
        let refused = try await service.get("/v1")
        #expect(refused.status == 401 && refused.fields[.wwwAuthenticate] == "Bearer realm=\"fitd\"")
        #expect(refused.fields[.contentType] == "application/problem+json")
        let secret = try #require(secrets[.read])
        #expect(try await service.get("/v1", bearer(.read)).status == 200)
        #expect(try await service.get("/v1", [.authorization: "bearer  \(secret)"]).status == 200)
        for field in [
            "Bearer \(secret.dropLast())", "Bearer \(secret)x", "Bearer ", secret, "Basic \(secret)",
        ] {
            let answer = try await service.get("/v1", [.authorization: field])
            #expect(answer.status == 401, "\(field)")
            #expect(answer.fields[.wwwAuthenticate]?.hasPrefix("Bearer realm=\"fitd\"") == true)
            #expect(!answer.text.contains(secret.dropLast(4)))
        }
        let unknown = try await service.get("/v1", [.authorization: "Bearer nobody's"])
        #expect(unknown.fields[.wwwAuthenticate]?.contains("error=\"invalid_token\"") == true)
        #expect(try await service.get("/nowhere").status == 401)
        #expect(try await service.get("/healthz").status == 200)
        #expect(try await service.get("/readyz").status == 200)
    }

    @Test func aScopeOpensItsRoutesAndThoseOfTheSmallerOnes() async throws {
        let service = try TestService(starts: false, access: access)
        for (method, pattern) in service.router.routes {
            let needed: Scope =
                pattern == "/v1/tokens" ? .admin : method == .get ? .read : .train
            // A stream that is followed has no end.
            let target =
                pattern.replacing(/\{[a-z]+\}/, with: "job_01K4QZ8Y3M7T2N5V9X0B6C1D4E")
                + (pattern.hasSuffix("/events") ? "?follow=false" : "")
            for scope in Scope.allCases {
                let answer = try await service.send(method, target, fields: bearer(scope))
                if scope < needed {
                    #expect(answer.status == 403, "\(method) \(target) \(scope)")
                    #expect(
                        answer.fields[.wwwAuthenticate]
                            == "Bearer realm=\"fitd\", error=\"insufficient_scope\", scope=\"\(needed.rawValue)\""
                    )
                } else {
                    #expect(![401, 403].contains(answer.status), "\(method) \(target) \(scope)")
                }
            }
        }
    }

    @Test func anExpiredTokenIsRefused() async throws {
        var file = TokenFile()
        let now = Timestamp.now.milliseconds
        let old = try file.create(name: "old", scope: .admin, expiresAt: Timestamp(milliseconds: now - 1))
        let new = try file.create(
            name: "new", scope: .read, expiresAt: Timestamp(milliseconds: now + 3_600_000))
        let service = try TestService(starts: false, access: AccessControl(file))
        let refused = try await service.get("/v1", [.authorization: "Bearer \(old)"])
        #expect(refused.status == 401)
        #expect(refused.fields[.wwwAuthenticate]?.contains("The token old has expired.") == true)
        #expect(try await service.get("/v1", [.authorization: "Bearer \(new)"]).status == 200)
    }

    @Test func aTokenMayAskSoOften() async throws {
        var file = TokenFile()
        let secrets = try ["a", "b"].map { try file.create(name: $0, scope: .read, expiresAt: nil) }
        let service = try TestService(starts: false, access: AccessControl(file, rate: 1))
        let first: HTTPFields = [.authorization: "Bearer \(secrets[0])"]
        // However slow the machine is, of many requests at once the most are too many.
        let answers = try await withThrowingTaskGroup(of: Answer.self) { group in
            for _ in 0..<50 { group.addTask { try await service.get("/healthz", first) } }
            for _ in 0..<50 { group.addTask { try await service.get("/openapi.yaml", first) } }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        let refused = answers.filter { $0.status == 429 }
        #expect((1...49).contains(refused.count) && answers.count { $0.status == 200 } == 100 - refused.count)
        for answer in refused { #expect(Int(answer.fields[.retryAfter] ?? "") ?? 0 >= 1) }
        #expect(try await service.get("/v1", [.authorization: "Bearer \(secrets[1])"]).status == 200)
    }

    @Test func aTokenMayStoreSoMuch() async throws {
        let service = try TestService(starts: false, access: access) { $0.tokenBytes = 1000 }
        func put(_ name: String, _ count: Int, _ scope: Scope = .train) async throws -> Answer {
            let zeros = JSONValue.array((0..<count).map { _ in 0.5 })
            return try await service.put("/v1/datasets/\(name)", ["x": zeros], bearer(scope))
        }
        #expect(try await put("a", 100).status == 201)
        let refused = try await put("b", 100)
        #expect(refused.status == 507 && refused.words.contains("1000 bytes"))
        #expect(try await service.get("/v1/datasets/b", bearer(.read)).status == 404)
        #expect(try await put("a", 120).status == 200, "what is replaced makes room")
        #expect(try await put("c", 100, .admin).status == 201, "another's share is another's")
        let tokens = try await service.get("/v1/tokens", bearer(.admin)).json["items"]?.array ?? []
        #expect(tokens.map { $0["name"] } == ["a-admin", "a-read", "a-train"])
        let stored = tokens.map { $0["stored_bytes"]?.integer ?? -1 }
        #expect(stored[1] == 0 && stored[0] > 0 && stored[0] < stored[2] && stored[2] <= 1000)
        #expect(try await service.send(.delete, "/v1/datasets/a", fields: bearer(.train)).status == 204)
        let blobs = try service.data.names(in: "blobs").count
        let unpacking = JSONValue.array(Array(repeating: 5, count: 200))
        #expect(try await service.put("/v1/datasets/b", ["x": unpacking], bearer(.train)).status == 507)
        #expect(try service.data.names(in: "blobs").count == blobs, "what is refused takes no space")
        #expect(try await put("b", 100).status == 201, "what is deleted makes room")
    }

    @Test func anIdempotencyKeyIsItsTokensOwn() async throws {
        let service = try TestService(starts: false, access: access)
        func create(_ name: String, _ scope: Scope) async throws -> Answer {
            var fields = bearer(scope)
            fields[.idempotencyKey] = "1"
            return try await service.post("/v1/models", ["name": .string(name), "layers": []], fields)
        }
        #expect(try await create("a", .train).status == 201)
        let repeated = try await create("a", .train)
        #expect(repeated.status == 201 && repeated.json["name"] == "a")
        #expect(try await create("b", .admin).json["name"] == "b")
    }

    @Test func changesAreRecorded() async throws {
        let log = Log()
        let logger = Logger(label: "audit") { _ in Recorder(log: log) }
        let service = try TestService(starts: false, access: access, logger: logger)
        _ = try await service.put("/v1/models/m?x=1", .xor, bearer(.train))
        _ = try await service.put("/v1/models/m", ["layers": 5], bearer(.train))
        _ = try await service.put("/v1/models/m", .xor, bearer(.read))
        _ = try await service.put("/v1/models/m", .xor)
        _ = try await service.get("/v1/models/m", bearer(.train))
        let changes = log.lines.withLock { $0.filter { $0["token"] != nil } }
        #expect(changes.map { "\($0["token"] ?? "")" } == ["a-train", "a-train", "-", "-"])
        #expect(changes.map { "\($0["status"] ?? "")" } == ["201", "422", "403", "401"])
        for change in changes {
            #expect(change["method"] == "PUT" && change["path"] == "/v1/models/m")
            #expect("\(change["id"] ?? "")".count == 26)
        }
    }

    @Test func pagesOfOtherSitesAreRefused() async throws {
        let foreign: [HTTPFields] = [
            [.origin: "https://example.com"], [.origin: "null"], [.origin: "http://localhost:9"],
            [.secFetchSite: "cross-site"], [.secFetchSite: "same-site"],
        ]
        let own: [HTTPFields] = [
            [:], [.origin: "http://localhost:8080"], [.secFetchSite: "same-origin"],
            [.secFetchSite: "none"], [.secFetchSite: "cross-site", .secFetchMode: "navigate"],
        ]
        // On this machine, and wherever nobody needs a token.
        for isLoopback in [true, false] {
            let service = try TestService(starts: false, isLoopback: isLoopback)
            for fields in foreign {
                #expect(try await service.get("/v1", fields).status == 403, "\(fields)")
                #expect(try await service.post("/v1/models", .xor, fields).status == 403, "\(fields)")
            }
            for fields in own { #expect(try await service.get("/v1", fields).status == 200, "\(fields)") }
        }
    }

    @Test func readinessFollowsTheServer() async throws {
        let service = try TestService(starts: false)
        #expect(try await service.get("/readyz").status == 200)
        service.readiness.drain()
        let draining = try await service.get("/readyz")
        #expect(draining.status == 503 && draining.fields[.retryAfter] != nil)
        #expect(try await service.get("/healthz").json == ["status": "ok"])
    }

    @Test func metricsAreOfPrometheusForm() async throws {
        let service = try TestService()
        try await service.compiledModel()
        let answer = try await service.get("/metrics")
        #expect(answer.fields[.contentType]?.hasPrefix("text/plain; version=0.0.4") == true)
        let sample = /[a-z_]+(\{[a-z_]+="[^"]*"(,[a-z_]+="[^"]*")*\})? [0-9.e+-]+/
        for line in answer.text.split(separator: "\n") where !line.hasPrefix("#") {
            #expect(try sample.wholeMatch(in: line) != nil, "\(line)")
        }
        #expect(answer.text.contains("fitd_jobs{status=\"succeeded\"} 1\n"))
    }
}

private final class Log: Sendable {
    let lines = Mutex<[Logger.Metadata]>([])
}

/// Keeps the metadata of what is logged.
private struct Recorder: LogHandler {
    let log: Log
    var metadata: Logger.Metadata = [:]
    var logLevel = Logger.Level.trace

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) { log.lines.withLock { $0.append(event.metadata ?? [:]) } }
}

extension HTTPField.Name {
    fileprivate static let secFetchSite = HTTPField.Name("Sec-Fetch-Site") ?? .origin
    fileprivate static let secFetchMode = HTTPField.Name("Sec-Fetch-Mode") ?? .origin
}
