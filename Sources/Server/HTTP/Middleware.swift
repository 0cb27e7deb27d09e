/// Stands around every handler.
public protocol Middleware: Sendable {
    /// Looks at a request before it is answered: fills in what it knows of it, or refuses it by throwing.
    func admit(_ request: inout Request) throws

    /// Sees what a request that was admitted came to, and may change it.
    func settle(
        _ outcome: Result<Response, any Error>, of request: Request
    ) -> Result<Response, any Error>
}

extension Middleware {
    /// Admits all.
    public func admit(_ request: inout Request) throws {}

    /// Changes nothing.
    public func settle(
        _ outcome: Result<Response, any Error>, of request: Request
    ) -> Result<Response, any Error> {
        outcome
    }
}

/// A request on its way through a router: admitted by the middleware, and answered or not yet.
struct RoutedRequest: Sendable {
    private(set) var request: Request
    /// The answer, where it takes no handler.
    private(set) var outcome: Result<Response, any Error>?
    private var middleware: [any Middleware] = []
    private var handler: Handler?

    init(_ request: Request) { self.request = request }

    /// Has each middleware look at the request, up to one that refuses it; those before see that it does.
    mutating func admit(by all: [any Middleware]) {
        for next in all {
            do {
                try next.admit(&request)
                middleware.append(next)
            } catch {
                return end(.failure(error))
            }
        }
    }

    /// Answers at once, or leaves it to the handler.
    mutating func begin(_ handler: @escaping Handler, immediate: ImmediateHandler?) {
        guard outcome == nil else { return }
        self.handler = handler
        guard let immediate else { return }
        do {
            if let response = try immediate(request) { end(.success(response)) }
        } catch {
            end(.failure(error))
        }
    }

    /// Answers with a problem.
    mutating func refuse(_ problem: ProblemResponse) {
        if outcome == nil { end(.failure(problem)) }
    }

    /// The answer, by the handler if need be.
    func answer() async -> Result<Response, any Error> {
        if let outcome { return outcome }
        guard let handler else { return .failure(CancellationError()) }
        do {
            return settled(.success(try await handler(request)))
        } catch {
            return settled(.failure(error))
        }
    }

    private mutating func end(_ outcome: Result<Response, any Error>) { self.outcome = settled(outcome) }

    private func settled(_ outcome: Result<Response, any Error>) -> Result<Response, any Error> {
        middleware.reversed().reduce(outcome) { $1.settle($0, of: request) }
    }
}
