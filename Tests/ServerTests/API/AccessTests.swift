import HTTPTypes
import Protocol
import Server
import Testing

/// Who may ask: tokens, and pages of other sites.
@Suite struct AccessTests {
    @Test func aTokenOfTheFileIsNeeded() async throws {
        let tokens = try TokenFile("# ours\nfirst-token\n\n  second-token  \n")
        let service = try TestService(starts: false, tokens: tokens)
        let refused = try await service.get("/v1")
        #expect(refused.status == 401 && refused.fields[.wwwAuthenticate] == "Bearer")
        #expect(refused.fields[.contentType] == "application/problem+json")
        for token in ["first-token", "second-token"] {
            #expect(try await service.get("/v1", [.authorization: "Bearer \(token)"]).status == 200)
        }
        for field in ["Bearer first-toke", "Bearer # ours", "Bearer ", "first-token", "Basic first-token"] {
            #expect(try await service.get("/v1", [.authorization: field]).status == 401, "\(field)")
        }
        #expect(try await service.get("/nowhere").status == 401)
        #expect(try await service.get("/healthz").status == 200)
        #expect(try await service.get("/readyz").status == 200)
        #expect(throws: TokenFileError.self) { try TokenFile("# none\n") }
    }

    @Test func pagesOfOtherSitesAreRefused() async throws {
        let service = try TestService(starts: false, isLoopback: true)
        let foreign: [HTTPFields] = [
            [.origin: "https://example.com"], [.origin: "null"], [.origin: "http://localhost:9"],
            [.secFetchSite: "cross-site"], [.secFetchSite: "same-site"],
        ]
        for fields in foreign {
            #expect(try await service.get("/v1", fields).status == 403, "\(fields)")
        }
        let own: [HTTPFields] = [
            [:], [.origin: "http://localhost:8080"], [.secFetchSite: "same-origin"],
            [.secFetchSite: "none"], [.secFetchSite: "cross-site", .secFetchMode: "navigate"],
        ]
        for fields in own {
            #expect(try await service.get("/v1", fields).status == 200, "\(fields)")
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

extension HTTPField.Name {
    fileprivate static let secFetchSite = HTTPField.Name("Sec-Fetch-Site") ?? .origin
    fileprivate static let secFetchMode = HTTPField.Name("Sec-Fetch-Mode") ?? .origin
}
