import HTTPTypes
import Protocol
import Training

/// What Keras's `summary()` prints.
extension API {
    func summary(_ router: inout Router) {
        router.on(.get, "/v1/models/{model}/summary") { request in
            let type = try request.negotiated([.text, .json])
            let model = try store.model(request.parameter("model"))
            let sequential = try model.sequential()
            let description = sequential.description
            let name = sequential.definition.name
            var response: Response
            if type == .json {
                response = try request.answer(
                    json: [
                        "name": .string(name), "layers": .array(description.layers.map(\.json)),
                        "params": description.counts,
                    ])
            } else {
                let table = SummaryTable(
                    name: name, description: description,
                    optimizerCount: try optimizerCount(model, sequential))
                let text = table.text
                response = try request.answer(.text(text), tag: .digest(Array(text.utf8)))
            }
            response.fields[.vary] = "Accept"
            return response
        }
    }

    /// How many numbers the optimizer keeps; nil before the first fit after a compile.
    private func optimizerCount(_ model: Model, _ sequential: Sequential) throws -> Int? {
        guard let options = model.compile, model.hasState else { return nil }
        let state = try store.modelState(model.id)?.withUnsafeBytes { try StateReader($0).state() }
        guard let optimizer = state?.optimizer else { return nil }
        return sequential.optimizerParameterCount(optimizer, try Compilation(reading: options))
    }
}
