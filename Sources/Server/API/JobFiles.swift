import HTTPTypes
import Protocol

/// The files that a fit's callbacks write, to be listed and taken home, also while they grow.
extension API {
    func files(_ router: inout Router) {
        router.on(.get, "/v1/jobs/{job}/files") { request in
            try list("files", for: request, page: store.files(of:limit:after:), describe: Self.described)
        }
        router.on(.get, "/v1/jobs/{job}/files/{file}", takesRest: true) { request in
            let id = try fit(request, has: "files")
            let (file, path) = try store.file(request.parameter("file"), of: id)
            let isText = file.kind == "csv"
            let type = try request.negotiated(isText ? [.csv, .octetStream] : [.octetStream])
            // A file that was only announced has no bytes, and perhaps no place on the disk yet.
            let response =
                file.bytes == 0
                ? Response.bytes([], contentType: type.description)
                : .file(path: path, count: file.bytes, contentType: type.description)
            let tag = EntityTag("\(file.path)-\(file.version)")
            return try request.answer(response, tag: tag).ranged(for: request)
        }
    }

    private static func described(_ file: JobFile, of id: JobID) -> JSONValue {
        [
            "name": .string(file.name),
            "content_type": file.kind == "csv" ? "text/csv" : "application/octet-stream",
            "bytes": .integer(Int64(file.bytes)), "created_at": .string(file.createdAt.description),
            "updated_at": .string(file.updatedAt.description),
            "links": ["self": .string("/v1/jobs/\(id)/files/\(file.name.percentEncoded)")],
        ]
    }
}
