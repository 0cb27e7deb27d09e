import ArgumentParser
import Protocol

/// `fitd jobs`: what has been asked of models, newest first.
struct JobsCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "jobs", abstract: "List jobs, newest first.")

    @Option(help: "Only those that are queued, running, succeeded, failed or cancelled.")
    var status: JobStatus?

    @Option(help: "Only those of compile, fit, evaluate or predict.")
    var type: JobType?

    @Option(help: "Only those of a model.")
    var model: String?

    @Option(help: "The most that are listed, 1 to 1000.")
    var limit = 20

    @OptionGroup var connection: ConnectionOptions

    func perform(_ client: ServerClient) throws {
        var query = "limit=\(limit)"
        if let status { query += "&status=\(status.rawValue)" }
        if let type { query += "&type=\(type.rawValue)" }
        if let model { query += "&model=\(model.urlPart)" }
        connection.show(try client.json("GET", "/v1/jobs?\(query)")) { page in
            let rows = (page["items"]?.array ?? []).map { job in
                [
                    job.text("id"), job.text("type"), job.text("model"), job.text("status"),
                    Self.progress(job), job.text("created_at"),
                ]
            }
            return Console.table(["JOB", "TYPE", "MODEL", "STATUS", "EPOCH", "CREATED"], rows)
        }
    }

    private static func progress(_ job: JSONValue) -> String {
        job["type"]?.string == "fit" && job["progress"]?.isNull == false
            ? "\(job.text("progress", "epoch"))/\(job.text("progress", "epochs"))" : ""
    }
}

extension JobStatus: ExpressibleByArgument {}
extension JobType: ExpressibleByArgument {}
