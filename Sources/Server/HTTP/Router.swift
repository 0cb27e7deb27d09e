import HTTPTypes
import Protocol

/// Answers one request. What it throws becomes the answer: a `Problem` or ``ProblemResponse`` as itself,
/// anything else as 500.
public typealias Handler = @Sendable (Request) async throws -> Response

/// Answers one request at once, from memory alone; nil when that takes the handler.
public typealias ImmediateHandler = @Sendable (Request) throws -> Response?

/// Which handler answers which request.
///
/// A pattern is a path whose segments are literal or parameters: `/v1/models/{name}`. A literal segment wins
/// over a parameter, from left to right. `HEAD` and `OPTIONS` follow from what is registered.
public struct Router: Sendable {
    private struct Route {
        let pattern: String
        let names: [String]
        var immediate: ImmediateHandler?
        let handler: Handler
    }

    private struct Node {
        var literals: [String: Node] = [:]
        var parameter: [Node] = []
        var routes: [HTTPRequest.Method: Route] = [:]
        /// What answers when the parameter that leads here takes the rest of the path.
        var restRoutes: [HTTPRequest.Method: Route] = [:]
    }

    private var root = Node()
    private var middleware: [any Middleware] = []

    /// Every registered method with its pattern, in the order of registration.
    public private(set) var routes: [(method: HTTPRequest.Method, pattern: String)] = []

    /// The methods that some resource could have; any other is 501.
    static let known: Set<HTTPRequest.Method> = [
        .get, .head, .post, .put, .patch, .delete, .options,
    ]

    /// A router that knows no path.
    public init() {}

    /// Has `handler` answer a method of the paths that match `pattern`; the last registration wins.
    /// - Parameters:
    ///   - method: GET answers HEAD, too.
    ///   - pattern: A path whose parameters are in braces: `/v1/jobs/{job}`.
    ///   - takesRest: Whether the last parameter takes all that follows in the path, slashes and all.
    ///   - immediate: Is asked first, on the connection's queue, where nothing may wait.
    ///   - handler: Answers, or throws the problem that is the answer.
    public mutating func on(
        _ method: HTTPRequest.Method, _ pattern: String, takesRest: Bool = false,
        immediate: ImmediateHandler? = nil, _ handler: @escaping Handler
    ) {
        let segments = pattern.dropFirst().split(separator: "/", omittingEmptySubsequences: false)
        let route = Route(
            pattern: pattern,
            names: segments.filter { $0.hasPrefix("{") }.map { String($0.dropFirst().dropLast()) },
            immediate: immediate, handler: handler)
        Self.insert(
            route, method, at: pattern == "/" ? [] : segments[...], takesRest: takesRest, in: &root)
        routes.append((method, pattern))
    }

    /// Stands around every handler, and the answers for unknown paths too. The first registered is the outermost.
    public mutating func use(_ middleware: any Middleware) {
        self.middleware.append(middleware)
    }

    /// The answer to a request: that of the handler, 404 for an unknown path, 405 with `Allow` for another
    /// method of a known path, 501 for an unknown method. Throws what the handler throws.
    public func respond(to request: Request) async throws -> Response {
        try await route(request).answer().get()
    }

    /// The request with its parameters and pattern filled in, admitted or refused, and answered if that can be at once.
    func route(_ request: Request) -> RoutedRequest {
        var request = request
        var found: Result<Route, ProblemResponse>
        do throws(ProblemResponse) {
            let (route, values) = try match(request)
            request.parameters = Dictionary(zip(route.names, values), uniquingKeysWith: { _, last in last })
            request.pattern = route.pattern
            found = .success(route)
        } catch {
            found = .failure(error)
        }
        var routed = RoutedRequest(request)
        routed.admit(by: middleware)
        switch found {
        case .success(let route): routed.begin(route.handler, immediate: route.immediate)
        case .failure(let problem): routed.refuse(problem)
        }
        return routed
    }

    private func match(_ request: Request) throws(ProblemResponse) -> (Route, [String]) {
        let method = request.method
        guard Self.known.contains(method) else {
            throw ProblemResponse(
                Problem(.notImplemented, "The method \(method) is not known here."), fields: [:])
        }
        if method == .options, request.head.path == "*" {
            return (Self.options(pattern: "*", allow: Self.known.map(\.rawValue).sorted()), [])
        }
        var found: [(routes: [HTTPRequest.Method: Route], values: [String])] = []
        Self.collect(request.path[...], in: root, values: [], into: &found)
        guard let first = found.first?.routes.first?.value else {
            throw ProblemResponse(
                Problem(.notFound, "There is nothing at \(request.head.path ?? "/")."), fields: [:])
        }
        for candidate in found {
            if let route = candidate.routes[method] { return (route, candidate.values) }
            if method == .head, let route = candidate.routes[.get] { return (route, candidate.values) }
        }
        let allow = Self.allowed(found.flatMap(\.routes.keys))
        if method == .options { return (Self.options(pattern: first.pattern, allow: allow), []) }
        throw ProblemResponse(
            Problem(
                .methodNotAllowed,
                "\(method) is not among the methods of this path: \(allow.joined(separator: ", "))."),
            fields: [.allow: allow.joined(separator: ", ")])
    }

    private static func options(pattern: String, allow: [String]) -> Route {
        let fields: HTTPFields = [.allow: allow.joined(separator: ", ")]
        return Route(
            pattern: pattern, names: [], handler: { _ in Response(status: .noContent, fields: fields) })
    }

    private static func allowed(_ methods: [HTTPRequest.Method]) -> [String] {
        var names = Set(methods.map(\.rawValue))
        if names.contains("GET") { names.insert("HEAD") }
        names.insert("OPTIONS")
        return names.sorted()
    }

    private static func insert(
        _ route: Route, _ method: HTTPRequest.Method, at segments: ArraySlice<Substring>, takesRest: Bool,
        in node: inout Node
    ) {
        guard let segment = segments.first else {
            if takesRest { node.restRoutes[method] = route } else { node.routes[method] = route }
            return
        }
        let rest = segments.dropFirst()
        if segment.hasPrefix("{") {
            if node.parameter.isEmpty { node.parameter.append(Node()) }
            insert(route, method, at: rest, takesRest: takesRest, in: &node.parameter[0])
        } else {
            insert(
                route, method, at: rest, takesRest: takesRest,
                in: &node.literals[String(segment), default: Node()])
        }
    }

    /// The nodes with routes that match, the most literal first.
    private static func collect(
        _ segments: ArraySlice<String>, in node: Node, values: [String],
        into found: inout [(routes: [HTTPRequest.Method: Route], values: [String])]
    ) {
        guard let segment = segments.first else {
            if !node.routes.isEmpty { found.append((node.routes, values)) }
            return
        }
        if let next = node.literals[segment] {
            collect(segments.dropFirst(), in: next, values: values, into: &found)
        }
        guard let next = node.parameter.first, !segment.isEmpty else { return }
        collect(segments.dropFirst(), in: next, values: values + [segment], into: &found)
        if !next.restRoutes.isEmpty {
            found.append((next.restRoutes, values + [segments.joined(separator: "/")]))
        }
    }
}
