import HTTPTypes
import Protocol

/// The models that a fit has kept under names, to be listed and taken home.
extension API {
    func checkpoints(_ router: inout Router) {
        router.on(.get, "/v1/jobs/{job}/checkpoints") { request in
            try list(
                "checkpoints", for: request, page: store.checkpoints(of:limit:after:),
                describe: Self.described)
        }
        router.on(.get, "/v1/jobs/{job}/checkpoints/{checkpoint}", takesRest: true) { request in
            _ = try request.negotiated([.npz, .octetStream])
            let id = try fit(request, has: "checkpoints")
            let (checkpoint, path) = try store.checkpoint(request.parameter("checkpoint"), of: id)
            let file = Response.file(path: path, count: checkpoint.bytes, contentType: "application/x-npz")
            return try request.answer(file, tag: EntityTag(checkpoint.sha256)).ranged(for: request)
        }
    }

    private static func described(_ checkpoint: NamedCheckpoint, of id: JobID) -> JSONValue {
        [
            "name": .string(checkpoint.name), "epoch": .integer(Int64(checkpoint.epoch)),
            "step": checkpoint.step.map { .integer(Int64($0)) } ?? .null, "logs": checkpoint.logs,
            "bytes": .integer(Int64(checkpoint.bytes)), "sha256": .string(checkpoint.sha256),
            "created_at": .string(checkpoint.createdAt.description),
            "links": ["self": .string("/v1/jobs/\(id)/checkpoints/\(checkpoint.name.percentEncoded)")],
        ]
    }
}
