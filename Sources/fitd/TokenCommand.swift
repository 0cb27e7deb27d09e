import ArgumentParser
import Foundation
import Protocol
import Server

/// `fitd token`: who may use a server that is started with the same `--token-file`.
struct TokenCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "token", abstract: "Make, list and revoke tokens.",
        discussion: "A server that runs reads the file again on SIGHUP.",
        subcommands: [Create.self, List.self, Revoke.self])
}

/// The file, as each of the commands names it.
struct TokenFileOption: ParsableArguments {
    @Option(help: "The file of tokens, which keeps their digests alone.")
    var tokenFile: String = Environment["TOKEN_FILE"] ?? "./fitd-tokens"

    func read() throws -> TokenFile { try TokenFile(path: tokenFile) }
}

extension Scope: ExpressibleByArgument {}

extension TokenCommand {
    /// `fitd token create`: prints the token, which is nowhere else.
    struct Create: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Make a token and print it, this once.")

        @OptionGroup var file: TokenFileOption

        @Option(help: "What logs call it.")
        var name: String

        @Option(help: "read looks; train also makes, changes and deletes; admin also lists tokens.")
        var scope: Scope = .train

        @Option(help: "How long it lasts: 90d, 12h, or never.")
        var expires: String = "never"

        func run() throws {
            var expiresAt: Timestamp?
            if expires != "never" {
                guard let span = TimeSpan(argument: expires), span.seconds > 0 else {
                    throw ValidationError("--expires takes 90d, 12h, 30m or never.")
                }
                expiresAt = Timestamp(milliseconds: Timestamp.now.milliseconds + Int64(span.seconds) * 1000)
            }
            let isThere = FileManager.default.fileExists(atPath: file.tokenFile)
            var tokens = isThere ? try file.read() : TokenFile()
            let secret = try tokens.create(name: name, scope: scope, expiresAt: expiresAt)
            try tokens.write(to: file.tokenFile)
            print(secret)
        }
    }

    /// `fitd token list`.
    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "List tokens by name, scope and expiry.")

        @OptionGroup var file: TokenFileOption

        func run() throws {
            for token in try file.read().tokens {
                let end = token.expiresAt.map { "\($0)" } ?? "never"
                print("\(token.name)\t\(token.scope.rawValue)\t\(token.isExpired() ? "expired" : end)")
            }
        }
    }

    /// `fitd token revoke`.
    struct Revoke: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Take a token out of the file.")

        @OptionGroup var file: TokenFileOption

        @Option(help: "The token's name.")
        var name: String

        func run() throws {
            var tokens = try file.read()
            try tokens.revoke(name)
            try tokens.write(to: file.tokenFile)
        }
    }
}
