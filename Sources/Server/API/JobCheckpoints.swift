import HTTPTypes
import Protocol

/// The models that a fit has kept under names, to be listed and taken home.
extension API {
    func checkpoints(_ router: inout Router) {
        router.on(.get, "/v1/jobs/{job}/checkpoints") { request in
            _ = try request.negotiated([.json])
            let id = try fit(request, has: "checkpoints")
            let listing = try Listing(request)
            let page = try store.checkpoints(of: id, limit: listing.limit, after: listing.after)
            return try request.answer(json: page.json { Self.described($0, of: id) })
        }
        router.on(.get, "/v1/jobs/{job}/checkpoints/{checkpoint}", takesRest: true) { request in
            _ = try request.negotiated([.npz, .octetStream])
            let id = try fit(request, has: "checkpoints")
            let (checkpoint, path) = try store.checkpoint(request.parameter("checkpoint"), of: id)
            let file = Response.file(path: path, count: checkpoint.bytes, contentType: "application/x-npz")
            return try request.answer(file, tag: EntityTag(checkpoint.sha256)).ranged(for: request)
        }
    }

    /// The fit that a path names.
    /// - Throws: 404 for a job of another type.
    func fit(_ request: Request, has what: String) throws(Problem) -> JobID {
        let id = try Self.id(request)
        guard try jobs.job(id).type == .fit else {
            throw Problem(.notFound, "\(id) is no fit, and has no \(what).")
        }
        return id
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

extension String {
    /// The text as a part of a path; slashes stay.
    var percentEncoded: String {
        let plain = Set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~/".utf8)
        let digits = Array("0123456789ABCDEF".utf8)
        let bytes = utf8.flatMap { byte in
            plain.contains(byte)
                ? [byte] : [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
