import HTTPTypes
import Protocol

/// A fit's History, as JSON and as CSV.
extension API {
    func history(_ router: inout Router) {
        router.on(.get, "/v1/jobs/{job}/history") { request in
            let id = try fit(request, has: "history")
            let type = try request.negotiated([.json, .csv])
            let history = try jobs.history(of: id)
            guard type == .csv else {
                var response = try request.answer(json: history.json)
                response.fields[.vary] = "Accept"
                return response
            }
            let text = history.csv
            return try request.answer(
                .text(text, contentType: "text/csv", fields: [.vary: "Accept"]),
                tag: .digest(Array(text.utf8)))
        }
    }
}
