import ArgumentParser
import Dispatch
import Foundation
import Logging
import Server
import Training

/// `fitd serve`: listens until it is told to stop.
struct Serve: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Serve over HTTP.",
        discussion: """
            Each option has an environment variable: --data-dir is FITD_DATA_DIR. An option that is given goes \
            before it. SIGTERM and SIGINT stop the server in good order: what runs is saved, and goes on at \
            the next start; a second one ends it at once. SIGHUP reads tokens and certificate again.
            """)

    @Option(help: "The address or name to listen on.")
    var host: String = Environment["HOST"] ?? "127.0.0.1"

    @Option(help: "The port; 0 takes a free one.")
    var port: Int = Environment.integer("PORT") ?? 8080

    @Option(help: "Where datasets, models and jobs are kept.")
    var dataDir: String = Environment["DATA_DIR"] ?? "./fitd-data"

    @Option(help: "Jobs that run side by side.")
    var workers: Int = Environment.integer("WORKERS") ?? 2

    @Option(help: "Threads that share the work of one job.")
    var threads: Int = Environment.integer("THREADS") ?? Machine.processors

    @Option(help: "A PEM file with the certificate and its chain; serves HTTPS. Read again on SIGHUP.")
    var tlsCert: String?

    @Option(help: "A PEM file with the certificate's private key.")
    var tlsKey: String?

    @Option(
        help: "The file of tokens, of which each request needs one; see fitd token. Read again on SIGHUP.")
    var tokenFile: String?

    @Flag(help: "Listen beyond this machine without tokens.")
    var allowAnonymous = Environment["ALLOW_ANONYMOUS"] == "1"

    @Flag(help: "Listen beyond this machine without TLS, where tokens and data can be read on their way.")
    var allowPlainHttp = Environment["ALLOW_PLAIN_HTTP"] == "1"

    @Option(help: "A URL to which RemoteMonitor may send figures of fits; give it once for each.")
    var remoteMonitor: [String] = []

    @Option(help: "What is logged: trace, debug, info, notice, warning, error or critical.")
    var logLevel: String = Environment["LOG_LEVEL"] ?? "info"

    @Option(help: "How the log is written: text or json, an object a line.")
    var logFormat: LogFormat = Environment["LOG_FORMAT"].map { LogFormat(rawValue: $0) ?? .unknown } ?? .text

    @OptionGroup(title: "Limits") var limitOptions: LimitOptions

    mutating func validate() throws {
        tlsCert = tlsCert ?? Environment["TLS_CERT"]
        tlsKey = tlsKey ?? Environment["TLS_KEY"]
        tokenFile = tokenFile ?? Environment["TOKEN_FILE"]
        if remoteMonitor.isEmpty { remoteMonitor = Environment.list("REMOTE_MONITOR") }
        for url in remoteMonitor where RemoteRoot(url) == nil {
            throw ValidationError(
                "--remote-monitor takes a URL such as http://localhost:9000, without a query; '\(url)' is none. "
                    + "https is not spoken.")
        }
        guard (0...65535).contains(port) else { throw ValidationError("--port takes 0 to 65535.") }
        guard (1...1024).contains(workers) else { throw ValidationError("--workers takes 1 to 1024.") }
        guard (1...1024).contains(threads) else { throw ValidationError("--threads takes 1 to 1024.") }
        guard (tlsCert == nil) == (tlsKey == nil) else {
            throw ValidationError("--tls-cert and --tls-key belong together.")
        }
        guard Logger.Level(rawValue: logLevel) != nil else {
            throw ValidationError(
                "--log-level is one of trace, debug, info, notice, warning, error, critical.")
        }
        guard logFormat != .unknown else { throw ValidationError("--log-format is text or json.") }
        guard allowAnonymous || tokenFile != nil || ServerConfiguration.isLoopback(host) else {
            throw ValidationError(
                "\(host) is reached from other machines: give --token-file, or --allow-anonymous to let everybody in."
            )
        }
        guard allowAnonymous || allowPlainHttp || tlsCert != nil || ServerConfiguration.isLoopback(host)
        else {
            throw ValidationError(
                "\(host) is reached from other machines, which could read tokens on their way: give --tls-cert and --tls-key, or --allow-plain-http behind a proxy that has TLS."
            )
        }
    }

    func run() async throws {
        let level = Logger.Level(rawValue: logLevel) ?? .info
        let isJSON = logFormat == .json
        LoggingSystem.bootstrap { label in
            if isJSON { return JSONLogHandler(label: label, logLevel: level) }
            return TextLogHandler(label: label, logLevel: level)
        }
        var configuration = ServerConfiguration()
        configuration.host = host
        configuration.port = port
        if let tlsCert, let tlsKey { configuration.tls = (tlsCert, tlsKey) }
        let limits = limitOptions.limits
        let runtime = Runtime(
            threads: threads, memoryLimit: limits.jobBytes, memory: Machine.memory,
            checkpointSeconds: limits.checkpointSeconds.map(Double.init))
        let stop = StopRequest()
        let logger = Logger(label: "fitd")
        let service = try Service(
            dataDirectory: dataDir, configuration: configuration, workers: workers, runtime: runtime,
            access: try access(logger, limits), limits: limits,
            remoteMonitors: remoteMonitor.compactMap(RemoteRoot.init), logger: logger)
        let manager = ServiceManager()
        let reload = ReloadRequest {
            manager.reloading()
            service.reload()
            manager.ready()
        }
        let url = try service.start()
        FileHandle.standardOutput.write(Data("fitd listening on \(url)\n".utf8))
        manager.ready()
        manager.watch { await service.pulse() }
        await stop.wait()
        manager.stopping()
        await service.stop()
        withExtendedLifetime(reload) {}
    }

    private func access(_ logger: Logger, _ limits: APILimits) throws -> AccessControl? {
        guard let tokenFile else { return nil }
        if try TokenFile(path: tokenFile).hasPlainTokens {
            logger.warning(
                "\(tokenFile) holds tokens as they are; fitd token create and revoke put their digests in their place"
            )
        }
        return try AccessControl(path: tokenFile, rate: limits.tokenRate)
    }
}

/// How the log is written.
enum LogFormat: String, ExpressibleByArgument {
    case text, json
    /// What the environment has asked for by a name that is none.
    case unknown

    static var allValueStrings: [String] { ["text", "json"] }

    init?(argument: String) {
        guard Self.allValueStrings.contains(argument) else { return nil }
        self.init(rawValue: argument)
    }
}
