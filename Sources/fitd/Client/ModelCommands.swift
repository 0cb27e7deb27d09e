import ArgumentParser
import Protocol

/// `fitd models`: lists models.
struct ModelsCommand: ClientCommand {
    static let configuration = CommandConfiguration(commandName: "models", abstract: "List models, by name.")

    @Option(help: "The most that are listed, 1 to 1000.")
    var limit = 1000

    @OptionGroup var connection: ConnectionOptions

    func perform(_ client: ServerClient) throws {
        connection.show(try client.json("GET", "/v1/models?limit=\(limit)")) { page in
            let rows = (page["items"]?.array ?? []).map { model in
                [model.text("name"), model["compiled"] == true ? "yes" : "no", DefineCommand.summary(model)]
            }
            return Console.table(["MODEL", "COMPILED", "STACK"], rows)
        }
    }
}

/// `fitd summary`: Keras's `model.summary()`.
struct SummaryCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "summary", abstract: "Print a model's layers as Keras's summary does.")

    @Argument(help: "The model's name.")
    var model: String

    @OptionGroup var connection: ConnectionOptions

    func perform(_ client: ServerClient) throws {
        let type = connection.json ? "application/json" : "text/plain"
        let answer = try client.send("GET", "/v1/models/\(model.urlPart)/summary", ["Accept": type])
        try OutputFile.write(answer, to: "-")
        if connection.json { Console.write("\n") }
    }
}

/// `fitd weights`: takes a model's weights home, or brings some in.
struct WeightsCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "weights", abstract: "Take a model's weights home as .npz, or bring some in.",
        discussion: """
            The file's arrays are in the order of Keras's get_weights(): model.set_weights(numpy.load(file).values()) \
            takes them, and numpy.savez(file, *model.get_weights()) writes what --set takes.
            """)

    @Argument(help: "The model's name.")
    var model: String

    @Option(
        name: [.short, .long], help: "The .npz file to write; - for standard output.", completion: .file())
    var output: String?

    @Option(help: "The .npz file whose weights the model gets.", completion: .file(extensions: ["npz"]))
    var set: String?

    @OptionGroup var connection: ConnectionOptions

    func validate() throws {
        guard (output == nil) != (set == nil) else { throw ValidationError("Give --output or --set.") }
    }

    func perform(_ client: ServerClient) throws {
        let path = "/v1/models/\(model.urlPart)/weights"
        if let set {
            _ = try client.send("PUT", path, content: .file(InputFile(set), type: "application/x-npz"))
        } else if let output {
            try OutputFile.write(client.send("GET", path, ["Accept": "application/x-npz"]), to: output)
        }
    }
}
