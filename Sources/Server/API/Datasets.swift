import HTTPTypes
import Protocol

/// Named bundles of arrays.
extension API {
    func datasets(_ router: inout Router) {
        router.on(.get, "/v1/datasets") { request in
            _ = try request.negotiated([.json])
            let listing = try Listing(request)
            let page = try store.datasets(limit: listing.limit, after: listing.after)
            return try request.answer(json: page.json(\.json))
        }
        router.on(.post, "/v1/datasets", create)
        router.on(.get, "/v1/datasets/{dataset}") { request in
            _ = try request.negotiated([.json])
            let dataset = try store.dataset(request.parameter("dataset"))
            return try request.answer(.json(dataset.json), tag: dataset.tag)
        }
        router.on(.put, "/v1/datasets/{dataset}", put)
        router.on(.delete, "/v1/datasets/{dataset}") { request in
            try await store.deleteDataset(request.parameter("dataset")) { dataset throws(Problem) in
                _ = try conditional(request, current: dataset.tag)
            }
            return Response(status: .noContent)
        }
    }

    @Sendable private func create(_ request: Request) async throws -> Response {
        let (upload, digest) = try await receive(request)
        let key = try key(request, digest: digest)
        let accepted = try await upload.commit(
            contentType: request.fields[.contentType], selection: try selection(request),
            share: share(request),
            idempotency: key.map { Idempotency($0) { StoredAnswer(Self.created($0)) } })
        return accepted.response(Self.created)
    }

    @Sendable private func put(_ request: Request) async throws -> Response {
        let name = request.parameter("dataset")
        try Name.check(name)
        // Known before the content has come, and looked at again when it has.
        _ = try conditional(request, current: (try? store.dataset(name))?.tag)
        let (upload, _) = try await receive(request)
        let put = try await upload.commit(
            as: name, contentType: request.fields[.contentType], selection: try selection(request),
            share: share(request)
        ) { dataset throws(Problem) in
            _ = try conditional(request, current: dataset?.tag)
        }
        return put.created ? Self.created(put.item) : .json(put.item.json)
    }

    /// Takes a request's content to the disk; tells its digest.
    private func receive(_ request: Request) async throws -> (Upload, digest: String) {
        let room = try store.room(in: share(request), replacing: request.parameters["dataset"])
        if let room, let length = request.body.contentLength, length > room,
            request.fields[.contentEncoding] == nil
        {
            throw share(request)?.exceeded ?? .storageFull
        }
        let upload = try store.upload()
        do {
            return (upload, try await receive(request, into: upload, room: room))
        } catch {
            upload.discard()
            throw error
        }
    }

    /// Tells the digest for a request with an idempotency key, nothing for others.
    private func receive(_ request: Request, into upload: Upload, room: Int?) async throws -> String {
        let isKeyed = request.fields[.idempotencyKey] != nil
        let hash = Digest()
        var count = 0
        var prefix: [UInt8] = []
        while let chunk = try await request.body.next() {
            count += chunk.count
            guard count <= limits.datasetBytes else {
                throw Problem(.contentTooLarge, "A dataset has at most \(limits.datasetBytes) bytes.")
            }
            if let room, count > room { throw share(request)?.exceeded ?? .storageFull }
            if isKeyed { hash.update(chunk) }
            if prefix.count < ArrayFormat.prefixLength { prefix += chunk.prefix(ArrayFormat.prefixLength) }
            try await upload.write(chunk)
        }
        guard count > 0 else {
            throw Problem(
                .malformed, "The request has no content. Send the file itself: curl -T x.npy URL.")
        }
        try request.memory?.take(
            JSONBody.memory(parsedBytes(prefix, count, contentType: request.fields[.contentType])))
        return isKeyed ? hash.finalize() : ""
    }

    /// Bytes of JSON in a content, which are parsed in memory; all else is unpacked piece by piece.
    private func parsedBytes(_ prefix: [UInt8], _ count: Int, contentType: String?) -> Int {
        switch ArrayFormat.detect(prefix: prefix, contentType: contentType) {
        case .json: min(count, limits.jsonBytes)
        // A header, whose length stands before it.
        case .safetensors: min(count, prefix.prefix(4).reversed().reduce(0) { $0 << 8 | Int($1) })
        case .npy, .npz, .csv, nil: 0
        }
    }

    /// In whose share of the disk a request's dataset counts.
    private func share(_ request: Request) -> StorageShare? {
        request.token.map { StorageShare(owner: $0.name, limit: limits.tokenBytes) }
    }

    /// Which columns of a CSV file become which array.
    private func selection(_ request: Request) throws(Problem) -> CSVSelection {
        func given(_ name: String) throws(Problem) -> String? {
            guard let text = request.queryValue(name) else { return nil }
            guard !text.isEmpty else {
                throw Problem(.malformed, "Query parameter \(name) is empty; give names of columns.")
            }
            return text
        }
        let columns = try given("columns")?.split(separator: ",").map(String.init)
        return CSVSelection(columns: columns, label: try given("label"))
    }

    private static func created(_ dataset: Dataset) -> Response {
        .json(dataset.json, status: .created, fields: [.location: "/v1/datasets/\(dataset.name)"])
    }
}

extension Dataset {
    /// Names this content; what replaces it has another.
    var tag: EntityTag { EntityTag(id.ulid.description) }
}

/// A digest that a task takes along across its suspensions; one chunk after the other updates it.
private final class Digest: @unchecked Sendable {  // one task uses it, in order
    private let hash = SHA256()
    func update(_ bytes: [UInt8]) { hash.update(bytes) }
    func finalize() -> String { hash.finalize() }
}
