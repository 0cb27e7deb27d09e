import ArgumentParser
import Foundation
import Server

/// The command.
@main
struct Fitd: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "fitd", abstract: "Trains Keras Sequential models over HTTP.",
        discussion: """
            fitd serve is the server; the commands of the client ask one, at --url or FITD_URL, with the token of \
            --token or FITD_TOKEN. \(ClientFailure.exitCodes)
            """,
        version: API.version,
        groupedSubcommands: [
            CommandGroup(
                name: "Server",
                subcommands: [Serve.self, TokenCommand.self, BackupCommand.self, RestoreCommand.self]),
            CommandGroup(
                name: "Client",
                subcommands: [
                    UploadCommand.self, DefineCommand.self, CompileCommand.self, FitCommand.self,
                    WatchCommand.self, JobsCommand.self, CancelCommand.self, HistoryCommand.self,
                    EvaluateCommand.self, PredictCommand.self, WeightsCommand.self, SummaryCommand.self,
                    ModelsCommand.self, DatasetsCommand.self, DeleteCommand.self, ReadyCommand.self,
                ]),
        ])

    static func main() async {
        // Swift reads the arguments there.
        guard !CommandLine.arguments.isEmpty else {
            Console.say("/proc is missing, and with it the arguments. Mount it: mount -t proc proc /proc")
            Foundation.exit(1)
        }
        await main(nil)
    }
}
