import ArgumentParser
import Protocol

/// `fitd predict`: Keras's `model.predict`.
struct PredictCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "predict", abstract: "Print outputs for inputs, or write them as .npy.",
        discussion: "Without --output each sample's output is a line of JSON.")

    @Argument(help: "The model's name.")
    var model: String

    @Option(
        help: "The input: a .npy file here, or a dataset, or one of its arrays as DATASET/ARRAY.",
        completion: .file(extensions: ["npy"]))
    var x: String

    @Option(help: "Samples a batch; 32 unless given.")
    var batchSize: Int?

    @Option(
        name: [.short, .long], help: "The .npy file to write; - for standard output.", completion: .file())
    var output: String?

    @OptionGroup var connection: ConnectionOptions

    func perform(_ client: ServerClient) throws {
        var path = "/v1/models/\(model.urlPart)/predict"
        let content: ServerClient.Content
        if x.hasSuffix(".npy") {
            content = .file(try InputFile(x), type: "application/x-npy")
            if let batchSize { path += "?batch_size=\(batchSize)" }
        } else {
            var request: JSONObject = ["x": .string(x)]
            if let batchSize { request["batch_size"] = .integer(Int64(batchSize)) }
            content = .json(.object(request))
        }
        if let output {
            let answer = try client.send("POST", path, ["Accept": "application/x-npy"], content: content)
            return try OutputFile.write(answer, to: output)
        }
        connection.show(try client.json("POST", path, content: content)) { answer in
            (answer["predictions"]?.array ?? []).map { $0.encodedString() + "\n" }.joined()
        }
    }
}
