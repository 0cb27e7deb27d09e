import ArgumentParser
import Protocol
import Server

/// A command that asks a server.
protocol ClientCommand: ParsableCommand {
    var connection: ConnectionOptions { get }
    /// Does what the command is for.
    /// - Throws: ``ClientFailure``, whose message is said and whose exit code is the command's.
    func perform(_ client: ServerClient) throws
}

extension ClientCommand {
    func run() throws {
        do {
            try perform(connection.client())
        } catch let failure as ClientFailure {
            Console.say(failure.message)
            throw failure.exitCode
        } catch let failure as OutgoingConnection.Failure {
            let failure = ClientFailure.connection("The connection is lost: \(failure.reason).")
            Console.say(failure.message)
            throw failure.exitCode
        }
    }
}

/// Where the server is, and who asks it.
struct ConnectionOptions: ParsableArguments {
    @Option(help: "The server (FITD_URL; port 8080 or FITD_PORT of this machine unless given).")
    var url: ServerURL?

    @Option(help: "The token (FITD_TOKEN, which other users of the machine cannot see).")
    var token: String?

    @Option(
        help: "A PEM file of the authorities to trust in place of the system's (FITD_CACERT).",
        completion: .file())
    var cacert: String?

    @Flag(help: "Print what the server answers, as JSON.")
    var json = false

    func validate() throws {
        guard let text = Environment["URL"], url == nil else { return }
        guard ServerURL(argument: text) != nil else {
            throw ValidationError("FITD_URL is a URL such as http://127.0.0.1:8080; '\(text)' is none.")
        }
    }

    /// What asks the server.
    func client() throws -> ServerClient {
        let standard = Environment["URL"] ?? "http://127.0.0.1:\(Environment["PORT"] ?? "8080")"
        guard let url = url ?? ServerURL(argument: standard) else {
            throw ValidationError("'\(standard)' is no URL.")
        }
        var tls: TLSClientContext?
        do {
            if url.isTLS { tls = try TLSClientContext(authorities: cacert ?? Environment["CACERT"]) }
        } catch {
            throw ClientFailure.file("TLS cannot begin: \(error.reason).")
        }
        return ServerClient(url: url, token: token ?? Environment["TOKEN"], tls: tls)
    }

    /// Prints JSON when that is asked for, and otherwise what `text` makes of it.
    func show(_ value: JSONValue, as text: (JSONValue) -> String) {
        Console.write(json ? value.encodedString() + "\n" : text(value))
    }
}

extension JSONValue {
    /// A member of a member, as text: `"units"` of `{"units": 3}` is `3`. Empty where there is none.
    func text(_ path: String...) -> String {
        let value = path.reduce(Optional(self)) { $0?[$1] }
        return value.map { $0.isNull ? "" : $0.string ?? $0.encodedString() } ?? ""
    }
}

/// An argument that is a name, or JSON where it begins as an object or a list does.
struct NameOrJSON: ExpressibleByArgument {
    let value: JSONValue

    init(_ value: JSONValue) { self.value = value }

    init?(argument: String) {
        guard let first = argument.first, "{[".contains(first) else {
            value = .string(argument)
            return
        }
        guard let json = try? JSONValue(parsing: argument) else { return nil }
        value = json
    }

    var defaultValueDescription: String { value.string ?? value.encodedString() }
}
