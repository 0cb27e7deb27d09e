import ArgumentParser
import Protocol

/// `fitd compile`: Keras's `model.compile`.
struct CompileCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "compile", abstract: "Compile a model, with Keras's arguments.",
        discussion: """
            Each of them is a name, such as rmsprop, or JSON: {"class_name": "RMSprop", "config": {"learning_rate": \
            0.01}}, and for a loss or a metric of your own {"name": "mean_pred", "expression": "K.mean(y_pred)"}. Ends \
            when the model is compiled.
            """)

    @Argument(help: "The model's name.")
    var model: String

    @Option(help: "The optimizer.")
    var optimizer = NameOrJSON(.string("rmsprop"))

    @Option(help: "The loss.")
    var loss: NameOrJSON

    @Option(parsing: .upToNextOption, help: "Metrics, one or more.")
    var metrics: [NameOrJSON] = []

    @Option(parsing: .upToNextOption, help: "Metrics that heed sample weights and class weights.")
    var weightedMetrics: [NameOrJSON] = []

    @OptionGroup var connection: ConnectionOptions

    func perform(_ client: ServerClient) throws {
        var request: JSONObject = ["optimizer": optimizer.value, "loss": loss.value]
        if !metrics.isEmpty { request["metrics"] = .array(metrics.map(\.value)) }
        if !weightedMetrics.isEmpty { request["weighted_metrics"] = .array(weightedMetrics.map(\.value)) }
        let path = "/v1/models/\(model.urlPart)/compile"
        let job = try client.json("POST", path, content: .json(.object(request))).text("id")
        try JobWatch(client: client, job: job).wait()
        if connection.json {
            Console.write(try client.json("GET", "/v1/jobs/\(job)").encodedString() + "\n")
        } else {
            Console.write("\(model) is compiled.\n")
        }
    }
}
