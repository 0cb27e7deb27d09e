import ArgumentParser
import Protocol

/// `fitd datasets`: lists datasets.
struct DatasetsCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "datasets", abstract: "List datasets, by name.")

    @Option(help: "The most that are listed, 1 to 1000.")
    var limit = 1000

    @OptionGroup var connection: ConnectionOptions

    func perform(_ client: ServerClient) throws {
        connection.show(try client.json("GET", "/v1/datasets?limit=\(limit)")) { page in
            let rows = (page["items"]?.array ?? []).map { dataset in
                [dataset.text("name"), dataset.text("bytes"), UploadCommand.arrays(dataset)]
            }
            return Console.table(["DATASET", "BYTES", "ARRAYS"], rows)
        }
    }
}
