import HTTPTypes
import Protocol
import Training

/// Sequential stacks, their compile options and their weights.
extension API {
    func models(_ router: inout Router) {
        router.on(.get, "/v1/models") { request in
            _ = try request.negotiated([.json])
            let listing = try Listing(request)
            let page = try store.models(limit: listing.limit, after: listing.after)
            return try request.answer(
                json: page.json { model throws(Problem) in try model.described() })
        }
        router.on(.post, "/v1/models", create)
        router.on(.get, "/v1/models/{model}") { request in
            _ = try request.negotiated([.json])
            let model = try store.model(request.parameter("model"))
            return try request.answer(.json(try model.described()), tag: model.tag)
        }
        router.on(.put, "/v1/models/{model}", put)
        router.on(.delete, "/v1/models/{model}") { request in
            try await store.deleteModel(request.parameter("model")) { model throws(Problem) in
                _ = try conditional(request, current: model.tag)
            }
            return Response(status: .noContent)
        }
        router.on(.get, "/v1/models/{model}/config") { request in
            _ = try request.negotiated([.json])
            let model = try store.model(request.parameter("model"))
            return try request.answer(json: try model.sequential().kerasConfig)
        }
    }

    @Sendable private func create(_ request: Request) async throws -> Response {
        let body = try await request.json(limits)
        let key = try key(request, body.bytes)
        if let answer = try earlier(key) { return Response(answer) }
        let definition = try definition(body.value)
        let name = body.value["name"]?.string
        if let name, !Name.isValid(name) {
            throw Problem.fault(
                .member("name"),
                "A model's name is 1 to 128 letters, digits, '.', '_' or '-', the first a letter or digit.")
        }
        let accepted = try await store.createModel(
            name, definition: definition,
            idempotency: key.map { Idempotency($0) { StoredAnswer(Self.created($0)) } })
        return accepted.response(Self.created)
    }

    @Sendable private func put(_ request: Request) async throws -> Response {
        let name = request.parameter("model")
        try Name.check(name)
        let body = try await request.json(limits)
        let put = try await store.putModel(name, definition: try definition(body.value)) {
            model throws(Problem) in
            _ = try conditional(request, current: model?.tag)
        }
        return put.created ? Self.created(put.item) : .json(try put.item.described())
    }

    /// The definition as it is kept, every layer named, when it makes a model that fits in memory.
    private func definition(_ json: JSONValue) throws(Problem) -> JSONValue {
        let model = try Sequential(ModelDefinition(reading: json))
        try check(model)
        return model.definition.json
    }

    /// - Throws: 422 for a model whose weights do not fit in memory, or not their initializers.
    func check(_ model: Sequential) throws(Problem) {
        let limit = min(limits.modelBytes, runtime.memoryLimit)
        let bytes = model.weightInfo.reduce(0 as Int?) { sum, weight in
            guard let sum, let size = (weight.shape + [MemoryLayout<Float>.size]).checkedProduct else {
                return nil
            }
            let (total, overflowed) = sum.addingReportingOverflow(size)
            return overflowed ? nil : total
        }
        guard let bytes, bytes <= limit else {
            throw Problem(
                .unprocessable,
                "The weights take \(bytes.map(String.init) ?? "more than 2^63") bytes; the limit of this server is \(limit)."
            )
        }
        try model.checkInitializers()
    }

    private static func created(_ model: Model) -> Response {
        let fields: HTTPFields = [.location: "/v1/models/\(model.name)"]
        do throws(Problem) {
            return .json(try model.described(), status: .created, fields: fields)
        } catch {
            return .problem(error)
        }
    }
}

extension Model {
    /// Names this state of the model.
    var tag: EntityTag { EntityTag(etag) }

    /// As the contract describes a model.
    func described() throws(Problem) -> JSONValue {
        let model = try sequential()
        let description = model.description
        return [
            "name": .string(name), "built": .bool(model.isBuilt), "compiled": .bool(compile != nil),
            "input_shape": model.inputShape?.json ?? .null,
            "output_shape": model.outputShape?.json ?? .null,
            "layers": .array(description.layers.map(\.json)), "params": description.counts,
            "compile": compile ?? .null, "created_at": .string(createdAt.description),
            "updated_at": .string(updatedAt.description),
        ]
    }
}

extension ModelDescription {
    /// `{"total", "trainable", "non_trainable"}`.
    var counts: JSONValue {
        [
            "total": .integer(Int64(totalCount)), "trainable": .integer(Int64(trainableCount)),
            "non_trainable": .integer(Int64(nonTrainableCount)),
        ]
    }
}

extension ModelDescription.LayerDescription {
    /// As the contract describes a layer.
    var json: JSONValue {
        [
            "name": .string(name), "class_name": .string(className),
            "output_shape": outputShape?.json ?? .null, "params": .integer(Int64(parameterCount)),
            "trainable": .bool(isTrainable),
        ]
    }
}
