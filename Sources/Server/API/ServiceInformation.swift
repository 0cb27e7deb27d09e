import HTTPTypes
import Protocol
import Training

/// The server itself.
extension API {
    func service(_ router: inout Router) {
        router.on(.get, "/healthz") { _ in .json(["status": "ok"]) }
        router.on(.get, "/readyz") { _ in
            try checkReadiness()
            return .json(["status": "ok"])
        }
        router.on(.get, "/metrics") { _ in
            .text(try measurements(), contentType: "text/plain; version=0.0.4")
        }
        router.on(.get, "/openapi.yaml") { request in
            _ = try request.negotiated(["application/yaml"])
            return .bytes(Contract.bytes, contentType: "application/yaml")
        }
        router.on(.get, "/v1") { request in
            _ = try request.negotiated([.json])
            return try request.answer(json: .object(description))
        }
    }

    /// - Throws: 503 while the server does not take work, or could not keep it.
    func checkReadiness() throws(Problem) {
        try readiness.check()
        do throws(Problem) {
            try store.checkHealth()
        } catch {
            throw Problem(.unavailable, error.detail)
        }
    }

    private var description: JSONObject {
        var members: JSONObject = [
            "name": "fitd", "version": .string(Self.version), "limits": limits.json,
        ]
        for (kind, list) in Vocabularies.json { members[kind] = list }
        return members
    }
}
