import ArgumentParser
import Protocol

/// `fitd fit`: Keras's `model.fit`, as a job.
struct FitCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "fit", abstract: "Fit a model, with Keras's arguments.",
        discussion: """
            Prints the job's name and ends; with --follow it shows what Keras prints and ends with the job. \
            Ctrl-C leaves the job running, and fitd watch comes back to it.
            """)

    @Argument(help: "The model's name.")
    var model: String

    @Flag(help: "Show the epochs, and end with the job.")
    var follow = false

    @OptionGroup(title: "Keras's arguments") var options: FitOptions

    @OptionGroup var connection: ConnectionOptions

    func perform(_ client: ServerClient) throws {
        let job = try client.json("POST", "/v1/models/\(model.urlPart)/fit", content: .json(options.json))
        guard follow else { return connection.show(job) { $0.text("id") + "\n" } }
        let id = job.text("id")
        if Console.isTerminal, !connection.json { Console.say("\(id); Ctrl-C leaves it running.") }
        try JobWatch(client: client, job: id).show(json: connection.json)
    }
}
