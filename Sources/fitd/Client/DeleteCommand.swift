import ArgumentParser

/// `fitd delete`: takes a dataset, a model or an ended job away.
struct DeleteCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "delete", abstract: "Delete a dataset, a model or an ended job.")

    /// What can be deleted; the raw value is a word of the API's paths.
    enum Kind: String, ExpressibleByArgument, CaseIterable {
        case dataset, model, job
    }

    @Argument(help: "dataset, model or job.")
    var kind: Kind

    @Argument(help: "Its name.")
    var name: String

    @OptionGroup var connection: ConnectionOptions

    func perform(_ client: ServerClient) throws {
        _ = try client.send("DELETE", "/v1/\(kind.rawValue)s/\(name.urlPart)")
    }
}
