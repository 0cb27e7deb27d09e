import ArgumentParser
import Protocol

/// `fitd ready`: whether a server takes work, for health checks where no shell and no curl are.
struct ReadyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ready", abstract: "Tell by the exit code whether a server takes work.",
        discussion: """
            Asks /readyz at --url or FITD_URL, or else at port FITD_PORT of this machine. Exit codes: 0 it takes work; 1 \
            it starts, stops, has no room on its disk or cannot be reached, and standard error says which.
            """)

    @OptionGroup var connection: ConnectionOptions

    func run() throws {
        do {
            let answer = try connection.client().send("GET", "/readyz")
            if connection.json { Console.write(String(decoding: try answer.collect(), as: UTF8.self) + "\n") }
        } catch let failure as ClientFailure {
            Console.say(failure.message)
            throw ExitCode(1)
        }
    }
}
