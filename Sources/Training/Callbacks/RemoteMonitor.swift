import Protocol

/// Sends each epoch's figures to another server, at URLs that the operator of this one allows
/// (keras/src/callbacks/remote_monitor.py).
///
/// They go as `{"epoch": 0, "loss": …}`, in a field of a form or with `send_as_json` as such. Training neither waits
/// for the other server nor fails with it.
struct RemoteMonitor: Callback {
    static let className = "RemoteMonitor"
    static let arguments: [Argument] = [
        .string("root", default: "http://localhost:9000"),
        .string("path", default: "/publish/epoch/end/"),
        .string("field", default: "data"),
        Argument("headers", .value, default: .null),
        .boolean("send_as_json", default: false),
    ]

    let configuration: Arguments
    private let root: String
    private let headers: [(name: String, value: String)]

    init(_ arguments: Arguments) throws {
        configuration = arguments
        var root = arguments.string("root")
        while root.hasSuffix("/") { root.removeLast() }
        self.root = root
        try Self.checkPath(arguments.string("path"))
        headers = try Self.headers(arguments.config["headers"] ?? .null)
    }

    /// What stands behind an allowed root leads nowhere else.
    private static func checkPath(_ path: String) throws(ArgumentError) {
        let parts = path.split(separator: "/").map { part in
            part.lowercased().replacing("%2e", with: ".")
        }
        guard path.hasPrefix("/"), path.utf8.allSatisfy({ (0x21...0x7E).contains($0) && $0 != 0x23 }),
            !parts.contains("."), !parts.contains("..")
        else {
            throw ArgumentError(
                "path",
                "path begins with a slash and has no part '.' or '..', no blank, no '#' and no letter beyond ASCII."
            )
        }
    }

    /// Fields that belong to the connection, and to whoever makes it.
    private static let reserved: Set = [
        "connection", "content-length", "expect", "host", "keep-alive", "te", "trailer", "transfer-encoding",
        "upgrade",
    ]

    private static func headers(
        _ written: JSONValue
    ) throws(ArgumentError) -> [(name: String, value: String)] {
        if written.isNull { return [] }
        guard let members = written.object, members.count <= 32 else {
            throw ArgumentError("headers", "headers is an object of at most 32 strings, or null.")
        }
        var headers: [(name: String, value: String)] = []
        for (name, value) in members {
            let symbols = Set("!#$%&'*+-.^_`|~".utf8)
            let isToken = name.utf8.allSatisfy {
                (0x30...0x39).contains($0) || (0x41...0x5A).contains($0 & 0xDF) && $0 < 0x80
                    || symbols.contains($0)
            }
            guard isToken, !name.isEmpty, !reserved.contains(name.lowercased()), let text = value.string,
                text.utf8.count <= 4096, text.utf8.allSatisfy({ (0x20...0x7E).contains($0) })
            else {
                throw ArgumentError("headers", "'\(name.prefix(80))' cannot be sent as a header field.")
            }
            headers.append((name, text))
        }
        return headers
    }

    func makeRun(_ site: CallbackSite) throws -> CallbackRun {
        if let allowed = site.remoteMonitors, !allowed.contains(root) {
            let known =
                allowed.isEmpty
                ? "The operator of this server allows none." : "Allowed: \(allowed.joined(separator: ", "))."
            throw ArgumentError(
                "root", "'\(root.prefix(200))' is no URL to which figures may be sent from here. \(known)")
        }
        let field = configuration.bool("send_as_json") ? nil : configuration.string("field")
        return RemoteMonitorRun { [root, headers, configuration] epoch, logs in
            EpochReport(
                root: root, path: configuration.string("path"), field: field, headers: headers, epoch: epoch,
                logs: logs)
        }
    }
}

private final class RemoteMonitorRun: CallbackRun {
    private let report: (Int, Logs) -> EpochReport

    init(report: @escaping (Int, Logs) -> EpochReport) { self.report = report }

    override func epochEnded(_ epoch: Int, _ logs: inout Logs, _ fit: FitControl) {
        fit.hand(.report(report(epoch, logs)))
    }
}
