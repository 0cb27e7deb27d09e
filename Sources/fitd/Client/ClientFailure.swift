import ArgumentParser
import Protocol

/// Why a command of the client does not do what it was asked; each has an exit code of its own.
enum ClientFailure: Error {
    /// A file cannot be read or written.
    case file(String)
    /// The server's answer is a problem.
    case problem(status: Int, detail: String, faults: [String])
    /// There is no connection, or the server is not trusted.
    case connection(String)
    /// The job ended otherwise than it was meant to.
    case jobFailed(String)
    case jobCancelled(String)

    /// What scripts can tell one from the other by.
    var exitCode: ExitCode {
        switch self {
        case .file: ExitCode(1)
        case .problem(let status, _, _): ExitCode(status == 429 || status >= 500 ? 3 : 2)
        case .connection: ExitCode(4)
        case .jobFailed: ExitCode(5)
        case .jobCancelled: ExitCode(6)
        }
    }

    /// The same, for the manual.
    static let exitCodes = """
        Exit codes: 0 done, and a job that was followed has succeeded; 1 a file cannot be read or written; 2 the \
        server refuses the request (4xx); 3 the server cannot take it now (429, 5xx); 4 no connection, or a \
        certificate that is not trusted; 5 the job failed; 6 the job was cancelled; 64 the arguments are wrong.
        """

    /// What is said on standard error.
    var message: String {
        switch self {
        case .file(let text), .connection(let text), .jobFailed(let text), .jobCancelled(let text): text
        case .problem(_, let detail, let faults):
            ([detail] + faults.map { "  \($0)" }).joined(separator: "\n")
        }
    }

    /// The problem that an answer is.
    init(status: Int, body: [UInt8]) {
        let json = try? JSONValue(parsing: body)
        let detail = Self.inWordsOfTheCommand(json?["detail"]?.string ?? "The server answers \(status).")
        let faults = (json?["errors"]?.array ?? []).map { fault in
            // A single fault's text is the problem's.
            fault.text("detail") == json?["detail"]?.string
                ? "at \(fault.text("pointer"))" : "\(fault.text("pointer")): \(fault.text("detail"))"
        }
        self = .problem(status: status, detail: detail, faults: faults)
    }

    /// What the server asks for by a request, as the command that makes it.
    private static func inWordsOfTheCommand(_ detail: String) -> String {
        detail.replacing(#/POST /v1/models/([^/\s]+)/compile/#) { "fitd compile \($0.output.1)" }
    }
}
