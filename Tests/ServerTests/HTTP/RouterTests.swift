import HTTPTypes
import Protocol
import Server
import Testing

@Suite struct RouterTests {
    static func text(_ text: String) -> Handler {
        { request in
            let parameters = request.parameters.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
            return .text(([text] + parameters).joined(separator: " "))
        }
    }

    static var router: Router {
        var router = Router()
        router.on(.get, "/", text("root"))
        router.on(.get, "/v1/models/{name}", text("describe"))
        router.on(.put, "/v1/models/{name}", text("define"))
        router.on(.get, "/v1/models/summary", text("literal"))
        router.on(.delete, "/v1/models/{name}/layers/last", text("pop"))
        router.on(.get, "/v1/{kind}/{name}/layers/{layer}", text("layer"))
        return router
    }

    static func request(_ method: HTTPRequest.Method, _ target: String) throws -> Request {
        try Request(head: HTTPRequest(method: method, scheme: "http", authority: "localhost", path: target))
    }

    static func content(_ response: Response) -> String? {
        guard case .bytes(let bytes) = response.body else { return nil }
        return String(decoding: bytes, as: UTF8.self)
    }

    @Test(arguments: [
        ("/", "root"),
        ("/v1/models/a%20b", "describe name=a b"),
        ("/v1/models/a%2Fb?x=1", "describe name=a/b"),
        ("/v1/models/summary", "literal"),
        ("/v1/models/m/layers/last", "layer kind=models layer=last name=m"),
        ("/v1/datasets/d/layers/3", "layer kind=datasets layer=3 name=d"),
    ])
    func getReachesTheMostLiteralRoute(target: String, expected: String) async throws {
        let response = try await Self.router.respond(to: Self.request(.get, target))
        #expect(Self.content(response) == expected)
        let head = try await Self.router.respond(to: Self.request(.head, target))
        #expect(Self.content(head) == expected)
    }

    @Test func literalRouteOfAnotherMethodIsStillReached() async throws {
        let response = try await Self.router.respond(to: Self.request(.delete, "/v1/models/m/layers/last"))
        #expect(Self.content(response) == "pop name=m")
        let put = try await Self.router.respond(to: Self.request(.put, "/v1/models/summary"))
        #expect(Self.content(put) == "define name=summary")
    }

    @Test(arguments: ["/v2", "/v1/models", "/v1/models/", "/v1/models/m/", "//", "/v1//models/m"])
    func unknownPathIsNotFound(target: String) async throws {
        let error = await #expect(throws: ProblemResponse.self) {
            try await Self.router.respond(to: Self.request(.get, target))
        }
        #expect(error?.problem.kind == .notFound)
    }

    @Test func otherMethodIsNotAllowed() async throws {
        let error = await #expect(throws: ProblemResponse.self) {
            try await Self.router.respond(to: Self.request(.post, "/v1/models/m"))
        }
        #expect(error?.problem.kind == .methodNotAllowed)
        #expect(error?.fields[.allow] == "GET, HEAD, OPTIONS, PUT")
    }

    @Test(arguments: [HTTPRequest.Method.trace, .connect, HTTPRequest.Method("BREW")])
    func unknownMethodIsNotImplemented(method: HTTPRequest.Method?) async throws {
        let method = try #require(method)
        let error = await #expect(throws: ProblemResponse.self) {
            try await Self.router.respond(to: Self.request(method, "/v1/models/m"))
        }
        #expect(error?.problem.kind == .notImplemented)
    }

    @Test func optionsFollowsFromTheRoutes() async throws {
        let response = try await Self.router.respond(to: Self.request(.options, "/v1/models/m"))
        #expect(response.status == .noContent)
        #expect(response.fields[.allow] == "GET, HEAD, OPTIONS, PUT")
        let all = try await Self.router.respond(to: Self.request(.options, "*"))
        #expect(all.fields[.allow] == "DELETE, GET, HEAD, OPTIONS, PATCH, POST, PUT")
    }

    /// Writes its name around each answer, and refuses what its name is asked for.
    private struct Named: Middleware {
        let name: String

        func admit(_ request: inout Request) throws {
            if request.queryValue("refuse") == name { throw Problem(.forbidden, name) }
        }

        func settle(
            _ outcome: Result<Response, any Error>, of request: Request
        ) -> Result<Response, any Error> {
            var response: Response
            switch outcome {
            case .success(let given): response = given
            case .failure(let error): response = .text((error as? Problem)?.detail ?? "unknown")
            }
            response.body = .bytes(Array("\(name)(\(RouterTests.content(response) ?? ""))".utf8))
            return .success(response)
        }
    }

    @Test func middlewareWrapsInOrder() async throws {
        var router = Self.router
        router.use(Named(name: "outer"))
        router.use(Named(name: "inner"))
        func answer(_ target: String) async throws -> String? {
            Self.content(try await router.respond(to: Self.request(.get, target)))
        }
        #expect(try await answer("/") == "outer(inner(root))")
        #expect(try await answer("/nothing") == "outer(inner(unknown))")
        // Who refuses, and what is inside of it, has no say in the answer.
        #expect(try await answer("/?refuse=inner") == "outer(inner)")
        await #expect(throws: Problem.self) { try await answer("/?refuse=outer") }
    }

    @Test func immediateAnswersGoBeforeTheHandler() async throws {
        var router = Router()
        router.on(
            .get, "/{name}",
            immediate: { request in
                switch request.parameters["name"] {
                case "known": .text("at once")
                case "bad": throw Problem(.conflict, "at once")
                default: nil
                }
            },
            { _ in .text("in its time") })
        for (name, text) in [("known", "at once"), ("other", "in its time")] {
            let response = try await router.respond(to: Self.request(.get, "/\(name)"))
            #expect(Self.content(response) == text)
        }
        await #expect(throws: Problem.self) { try await router.respond(to: Self.request(.get, "/bad")) }
    }

    @Test func routesAreListed() {
        #expect(Self.router.routes.map { "\($0.method) \($0.pattern)" }.first == "GET /")
        #expect(Self.router.routes.count == 6)
    }

    @Test(arguments: ["/%", "/%4", "/%zz", "/%00", "/%ff", "/?a=%g0"])
    func brokenPercentEncodingIsMalformed(target: String) {
        let error = #expect(throws: Problem.self) { try Self.request(.get, target) }
        #expect(error?.kind == .malformed)
    }

    @Test func queryIsDecoded() throws {
        let request = try Self.request(.get, "/?a=1&b=x+y%2Bz&flag&a=2&=")
        #expect(request.query.map(\.name) == ["a", "b", "flag", "a", ""])
        #expect(request.queryValue("a") == "1")
        #expect(request.queryValue("b") == "x y+z")
        #expect(request.queryValue("flag") == "")
        #expect(request.queryValue("c") == nil)
    }
}
