import HTTPTypes
import Protocol
import Training

/// Keras's `.add()` and `.pop()`.
extension API {
    func layers(_ router: inout Router) {
        router.on(.post, "/v1/models/{model}/layers") { request in
            let body = try await request.json(limits)
            let key = try key(request, body.bytes)
            if let answer = try earlier(key) { return Response(answer) }
            let accepted = try await store.updateModel(
                request.parameter("model"),
                idempotency: key.map { Idempotency($0) { StoredAnswer(Self.answer($0, status: .created)) } }
            ) { model throws(Problem) in
                let longer = try model.sequential().adding(body.value)
                try check(longer)
                return try change(model, to: longer)
            }
            return accepted.response { Self.answer($0, status: .created) }
        }
        router.on(.delete, "/v1/models/{model}/layers/last") { request in
            let model = try await store.updateModel(request.parameter("model")) { model throws(Problem) in
                _ = try conditional(request, current: model.tag)
                guard let shorter = try model.sequential().removingLast() else {
                    throw Problem(.conflict, "Model '\(model.name)' has no layer to take away.")
                }
                return try change(model, to: shorter)
            }
            return .json(try model.described())
        }
    }

    /// The change to another stack whose lower layers keep their weights. The optimizer begins anew, since its
    /// slots are those of the old stack.
    private func change(_ model: Model, to sequential: Sequential) throws(Problem) -> ModelChange {
        var change = ModelChange(definition: sequential.definition.json)
        guard model.hasState else { return change }
        do {
            guard sequential.isBuilt,
                let old = try store.modelState(model.id)?.withUnsafeBytes({ try StateReader($0).state() })
            else {
                change.state = .cleared
                return change
            }
            var state = try sequential.initialState()
            state.weights = Self.keeping(old.weights, in: state.weights)
            state.states = Self.keeping(old.states, in: state.states)
            change.state = .set(try StateArchive(state).encoded())
        } catch {
            throw error as? Problem ?? Problem(.internalError, "The model's state cannot be read: \(error).")
        }
        return change
    }

    private static func keeping(_ old: [Variable], in new: [Variable]) -> [Variable] {
        let known = Dictionary(old.map { ($0.path, $0) }, uniquingKeysWith: { first, _ in first })
        return new.map { variable in
            known[variable.path].flatMap { $0.shape == variable.shape ? $0 : nil } ?? variable
        }
    }

    private static func answer(_ model: Model, status: HTTPResponse.Status) -> Response {
        do throws(Problem) {
            return .json(try model.described(), status: status)
        } catch {
            return .problem(error)
        }
    }
}
