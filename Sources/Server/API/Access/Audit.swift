import HTTPTypes
import Logging
import Protocol

/// Writes a line for each request that changes something, or tries to: whose token, what, and how it ended.
struct Audit: Middleware {
    let logger: Logger

    /// Records what is let through.
    func settle(
        _ outcome: Result<Response, any Error>, of request: Request
    ) -> Result<Response, any Error> {
        switch outcome {
        case .success(let response): record(request, status: response.status.code)
        case .failure(let error): record(request, status: Self.status(error))
        }
        return outcome
    }

    func record(_ request: Request, status: Int) {
        guard !request.changesNothing else { return }
        logger.notice(
            "change",
            metadata: [
                "id": "\(request.id)", "token": "\(request.token?.name ?? "-")",
                "method": "\(request.method)",
                "path": "\((request.head.path ?? "-").prefix { $0 != "?" })",
                "status": .stringConvertible(status),
                "client": "\(request.remoteAddress)",
            ])
    }

    private static func status(_ error: any Error) -> Int {
        switch error {
        case let problem as Problem: problem.kind.status
        case let response as ProblemResponse: response.problem.kind.status
        default: Problem.Kind.internalError.status
        }
    }
}
