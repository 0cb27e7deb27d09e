import HTTPTypes
import Protocol

/// Adds the fields that go with a problem's status, where whoever threw it did not know of HTTP.
struct ProblemFields: Middleware {
    /// `Retry-After` with 429 and 503, and `Accept-Encoding` with 415 for a content coding (RFC 9110, 15.5.16).
    func settle(
        _ outcome: Result<Response, any Error>, of request: Request
    ) -> Result<Response, any Error> {
        outcome.mapError { error in
            guard let problem = error as? Problem else { return error }
            return ProblemResponse(problem, fields: Self.fields(problem, request))
        }
    }

    private static func fields(_ problem: Problem, _ request: Request) -> HTTPFields {
        switch problem.kind {
        case .tooManyRequests, .unavailable: return [.retryAfter: "1"]
        case .unsupportedMediaType:
            let coding = request.fields[.contentEncoding]?.lowercased() ?? "identity"
            return ["gzip", "x-gzip", "identity"].contains(coding) ? [:] : [.acceptEncoding: "gzip"]
        default: return [:]
        }
    }
}
