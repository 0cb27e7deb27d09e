import ArgumentParser
import Protocol

/// `fitd watch`: follows a job from its beginning.
struct WatchCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "watch", abstract: "Show what a job does, from its beginning to its end.",
        discussion: """
            As Keras prints it: with a bar on a terminal, a line an epoch elsewhere. With --json, each event as a line. A \
            connection that is lost is made again, for five minutes, and the events go on where they were.
            """)

    @Argument(help: "The job's name, as fitd fit and fitd jobs print it.")
    var job: String

    @OptionGroup var connection: ConnectionOptions

    func perform(_ client: ServerClient) throws {
        try JobWatch(client: client, job: job).show(json: connection.json)
    }
}

/// `fitd cancel`: stops a job.
struct CancelCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "cancel", abstract: "Stop a job at its next batch; its model keeps what it has learnt.")

    @Argument(help: "The job's name.")
    var job: String

    @OptionGroup var connection: ConnectionOptions

    func perform(_ client: ServerClient) throws {
        let job = try client.json("POST", "/v1/jobs/\(self.job.urlPart)/cancel")
        connection.show(job) { _ in "" }
    }
}

/// `fitd history`: Keras's History of a fit.
struct HistoryCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "history", abstract: "Print a fit's History, as CSV.")

    @Argument(help: "The job's name.")
    var job: String

    @OptionGroup var connection: ConnectionOptions

    func perform(_ client: ServerClient) throws {
        let path = "/v1/jobs/\(job.urlPart)/history"
        let type = connection.json ? "application/json" : "text/csv"
        try OutputFile.write(client.send("GET", path, ["Accept": type]), to: "-")
        if connection.json { Console.write("\n") }
    }
}
