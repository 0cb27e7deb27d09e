import ArgumentParser
import Server

/// The command.
@main
struct Fitd: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "fitd", abstract: "Trains Keras Sequential models over HTTP.", version: API.version,
        subcommands: [Serve.self, TokenCommand.self, BackupCommand.self, RestoreCommand.self],
        defaultSubcommand: nil)
}
