import ArgumentParser
import Foundation
import Protocol

/// `fitd upload`: files become datasets.
struct UploadCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "upload", abstract: "Upload files as datasets.",
        discussion: "Takes .npy, .npz, CSV, safetensors and JSON. A dataset of the same name is replaced.")

    @Argument(
        help: "The files.", completion: .file(extensions: ["npy", "npz", "csv", "safetensors", "json"]))
    var files: [String]

    @Option(help: "The dataset's name; the file's name without its extension unless given.")
    var name: String?

    @Option(help: "Of a CSV file, the columns that become the array x: a,b,c.")
    var columns: String?

    @Option(help: "Of a CSV file, the column that becomes the array y.")
    var label: String?

    @OptionGroup var connection: ConnectionOptions

    func validate() throws {
        guard name == nil || files.count == 1 else {
            throw ValidationError("--name goes with one file; without it each dataset is named as its file.")
        }
    }

    func perform(_ client: ServerClient) throws {
        for file in files {
            let url = URL(fileURLWithPath: file)
            let name = name ?? url.deletingPathExtension().lastPathComponent
            let types = ["csv": "text/csv", "json": "application/json", "npz": "application/x-npz"]
            let type = types[url.pathExtension.lowercased()] ?? "application/octet-stream"
            let query = [("columns", columns), ("label", label)].compactMap { key, value in
                value.map { "\(key)=\($0.urlPart)" }
            }.joined(separator: "&")
            let dataset = try client.json(
                "PUT", "/v1/datasets/\(name.urlPart)" + (query.isEmpty ? "" : "?" + query),
                content: .file(InputFile(file), type: type))
            connection.show(dataset) { "\($0.text("name")): \(Self.arrays($0))\n" }
        }
    }

    /// A dataset's arrays: `x float64 [1000, 100]`.
    static func arrays(_ dataset: JSONValue) -> String {
        (dataset["arrays"]?.array ?? []).map { array in
            "\(array.text("name")) \(array.text("dtype")) \(shape(array["shape"]))"
        }.joined(separator: ", ")
    }

    /// A shape as Python prints a list of it; `?` for any size.
    static func shape(_ shape: JSONValue?) -> String {
        let sizes = (shape?.array ?? []).map { $0.isNull ? "?" : $0.encodedString() }
        return "[" + sizes.joined(separator: ", ") + "]"
    }
}
