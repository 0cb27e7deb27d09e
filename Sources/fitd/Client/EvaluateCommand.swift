import ArgumentParser
import Protocol
import Server

/// `fitd evaluate`: Keras's `model.evaluate`.
struct EvaluateCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "evaluate", abstract: "Print the loss and the metrics on data.")

    @Argument(help: "The model's name.")
    var model: String

    @Option(help: "The input: a dataset, or one of its arrays as DATASET/ARRAY.")
    var x: String

    @Option(help: "What the model is to say of it.")
    var y: String

    @Option(help: "Samples a batch; 32 unless given.")
    var batchSize: Int?

    @OptionGroup var connection: ConnectionOptions

    func perform(_ client: ServerClient) throws {
        var request: JSONObject = ["x": .string(x), "y": .string(y)]
        if let batchSize { request["batch_size"] = .integer(Int64(batchSize)) }
        let path = "/v1/models/\(model.urlPart)/evaluate"
        connection.show(try client.json("POST", path, content: .json(.object(request)))) { logs in
            (logs.object ?? [:]).map { "\($0): \(ProgressText.figure($1))\n" }.joined()
        }
    }
}
