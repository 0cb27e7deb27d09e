import HTTPTypes
import Logging
import Protocol

/// Writes a line for each request that changes something, or tries to: whose token, what, and how it ended.
struct Audit: Sendable {
    let logger: Logger

    /// Records what is let through.
    var middleware: Middleware {
        { request, next in
            do {
                let response = try await next(request)
                record(request, status: response.status.code)
                return response
            } catch {
                record(request, status: Self.status(error))
                throw error
            }
        }
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
