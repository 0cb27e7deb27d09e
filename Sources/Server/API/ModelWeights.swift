import HTTPTypes
import Protocol
import Training

/// A model's weights, taken home and brought in, and its recurrent states.
extension API {
    func weights(_ router: inout Router) {
        router.on(.get, "/v1/models/{model}/weights") { request in
            _ = try request.negotiated([.npz, .octetStream])
            let model = try store.model(request.parameter("model"))
            let share = share(of: request)
            // The weights themselves, and the file.
            try share.take(model.sequential().weightsBytes.multipliedClamped(by: 2))
            let state = try state(of: model)
            let output = ByteSink()
            try state.weights.writeNPZ { output.bytes.append(contentsOf: $0) }
            var response = Response.bytes(output.bytes, contentType: "application/x-npz")
            response.memory = share
            return try request.answer(response, tag: model.tag)
        }
        router.on(.put, "/v1/models/{model}/weights", putWeights)
        router.on(.post, "/v1/models/{model}/reset_states") { request in
            _ = try await store.updateModel(request.parameter("model")) { model throws(Problem) in
                let sequential = try model.sequential()
                guard sequential.isStateful, model.hasState else { return ModelChange() }
                var state = try state(of: model)
                state.states = sequential.zeroStates
                return ModelChange(state: .set(try Self.archived(state)))
            }
            return Response(status: .noContent)
        }
    }

    @Sendable private func putWeights(_ request: Request) async throws -> Response {
        let type = request.fields[.contentType].flatMap { MediaType(parsing: $0) }
        let taken: [MediaType?] = [
            nil, .npz, .octetStream, "application/zip", "application/x-www-form-urlencoded",
        ]
        guard taken.contains(type) else {
            throw Problem(
                .unsupportedMediaType,
                "Weights are sent as an .npz file with Content-Type: application/x-npz.")
        }
        let name = request.parameter("model")
        let model = try store.model(name)
        let limit = max(1 << 20, try model.sequential().weightsBytes.multipliedClamped(by: 4))
        let content = try await request.body.collect(upTo: limit, in: request.memory)
        try request.memory?.take(limit)
        let given = try Self.read(content, limit: limit)
        _ = try await store.updateModel(name) { model throws(Problem) in
            _ = try conditional(request, current: model.tag)
            var state = try state(of: model)
            state.weights = try NamedWeights(given).assigned(to: state.weights)
            return ModelChange(state: .set(try Self.archived(state)))
        }
        return Response(status: .noContent)
    }

    /// What a model remembers; the weights of its initializers when nothing is stored.
    /// - Throws: 409 when it is not built.
    private func state(of model: Model) throws(Problem) -> Training.ModelState {
        let sequential = try model.sequential()
        guard sequential.isBuilt else {
            throw Problem(
                .conflict,
                "Model '\(model.name)' is not built yet: its input shape is known after its first fit.")
        }
        do {
            let stored = try store.modelState(model.id)?.withUnsafeBytes { try StateReader($0).state() }
            return try stored ?? sequential.initialState()
        } catch {
            throw error as? Problem ?? Problem(.internalError, "The model's state cannot be read: \(error).")
        }
    }

    /// - Parameter limit: Bytes that the arrays may unpack to.
    private static func read(
        _ bytes: [UInt8], limit: Int
    ) throws(Problem) -> [(name: String, array: NDArray)] {
        var limits = StateArchive.limits
        limits.maximumBytes = limit
        do {
            return try bytes.withUnsafeBytes { try NPZReader($0, limits: limits).load() }
        } catch {
            throw error as? Problem ?? Problem(.malformed, "The content is no .npz file: \(error).")
        }
    }

    private static func archived(_ state: Training.ModelState) throws(Problem) -> [UInt8] {
        do {
            return try StateArchive(state).encoded()
        } catch {
            throw error as? Problem ?? Problem(.internalError, "The state cannot be written: \(error).")
        }
    }
}

/// Weights as a client sent them: by path, or in Keras's order as `arr_0`, `arr_1`, ….
private struct NamedWeights {
    let arrays: [(name: String, array: NDArray)]

    init(_ arrays: [(name: String, array: NDArray)]) { self.arrays = arrays }

    /// The weights with the values sent.
    /// - Throws: 422 that lists every member that is missing, unknown or of another shape.
    func assigned(to weights: [Variable]) throws(Problem) -> [Variable] {
        let isPositional = !arrays.isEmpty && arrays.allSatisfy { Self.position($0.name) != nil }
        let names = isPositional ? weights.indices.map { "arr_\($0)" } : weights.map(\.path)
        let given = Dictionary(arrays.map { ($0.name, $0.array) }, uniquingKeysWith: { first, _ in first })
        let faults = Faults()
        var result = weights
        for (index, name) in names.enumerated() {
            let wanted = weights[index]
            guard let array = given[name] else {
                faults.add(.member(name), "'\(name)' is missing; it has shape \(Shape(wanted.shape)).")
                continue
            }
            guard array.shape == wanted.shape else {
                faults.add(
                    .member(name),
                    "'\(name)' has shape \(Shape(array.shape)); \(wanted.path) has \(Shape(wanted.shape)).")
                continue
            }
            result[index].values = array.floats
        }
        let known = Set(names)
        for (name, _) in arrays where !known.contains(name) {
            let hint =
                isPositional
                ? "The model has \(names.count) weights." : Suggestion.sentence(for: name, among: names)
            faults.add(.member(name), "No weight is named '\(name)'. \(hint)")
        }
        try faults.check()
        return result
    }

    private static func position(_ name: String) -> Int? {
        name.hasPrefix("arr_") ? Int(name.dropFirst(4)) : nil
    }
}

extension Sequential {
    /// Bytes that the weights take, alone and as members of a file.
    fileprivate var weightsBytes: Int {
        weightInfo.reduce(0) { $0 + $1.shape.reduce(MemoryLayout<Float>.size, *) + 512 }
    }
}

/// Gathers bytes.
final class ByteSink {
    var bytes: [UInt8] = []
}

extension Int {
    /// The product, or the largest number when it does not fit.
    func multipliedClamped(by factor: Int) -> Int {
        let product = multipliedReportingOverflow(by: factor)
        return product.overflow ? .max : product.partialValue
    }
}
