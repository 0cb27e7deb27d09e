import ArgumentParser
import Protocol

/// `fitd define`: a Sequential stack becomes a model.
struct DefineCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "define", abstract: "Define a model by its JSON.",
        discussion: """
            Takes what Keras's model.to_json() prints, or {"layers": [{"class_name": "Dense", "config": {"units": \
            1}}]}. A model of the same name is replaced, its weights with it.
            """)

    @Argument(help: "The model's name.")
    var name: String

    @Argument(
        help: "The file of the definition; - for standard input.", completion: .file(extensions: ["json"]))
    var file: String

    @OptionGroup var connection: ConnectionOptions

    func perform(_ client: ServerClient) throws {
        let definition = ServerClient.Content.bytes(try InputFile.contents(file), type: "application/json")
        let model = try client.json("PUT", "/v1/models/\(name.urlPart)", content: definition)
        connection.show(model) { "\(name): \(Self.summary($0))\n" }
    }

    /// A model in a line: `2 layers, 3265 parameters, [?, 100] to [?, 1]`.
    static func summary(_ model: JSONValue) -> String {
        let layers = model["layers"]?.array?.count ?? 0
        var text = "\(layers) \(layers == 1 ? "layer" : "layers")"
        guard model["built"]?.bool == true else { return text + ", built at its first fit" }
        text += ", \(model.text("params", "total")) parameters"
        return text
            + ", \(UploadCommand.shape(model["input_shape"])) to \(UploadCommand.shape(model["output_shape"]))"
    }
}
