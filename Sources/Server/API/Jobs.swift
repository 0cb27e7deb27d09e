import HTTPTypes
import Protocol

/// What has been asked of models, and what has become of it.
extension API {
    func jobs(_ router: inout Router) {
        router.on(.get, "/v1/jobs") { request in
            _ = try request.negotiated([.json])
            let listing = try Listing(request)
            let filter = JobFilter(
                status: try request.queryChoice("status"), type: try request.queryChoice("type"),
                model: request.queryValue("model"))
            let page = try jobs.jobs(filter, limit: listing.limit, after: listing.after)
            return try request.answer(json: page.json(\.json))
        }
        let known: ImmediateHandler = { request in
            _ = try request.negotiated([.json])
            guard try request.waitSeconds(upTo: limits.waitSeconds) == nil,
                let answer = try jobAnswers.known(Self.id(request), of: jobs)
            else { return nil }
            return try request.answer(answer)
        }
        router.on(.get, "/v1/jobs/{job}", immediate: known) { request in
            _ = try request.negotiated([.json])
            let id = try Self.id(request)
            guard let seconds = try request.waitSeconds(upTo: limits.waitSeconds) else {
                return try request.answer(jobAnswers.answer(id, of: jobs))
            }
            let job = try await jobs.wait(for: id, seconds: Double(seconds))
            var response = try request.answer(json: job.json)
            response.fields[.preferenceApplied] = "wait=\(seconds)"
            return response
        }
        router.on(.post, "/v1/jobs/{job}/cancel") { request in
            let job = try await jobs.cancel(Self.id(request))
            return .json(job.json, status: .accepted, fields: [.location: "/v1/jobs/\(job.id)"])
        }
        router.on(.delete, "/v1/jobs/{job}") { request in
            let id = try Self.id(request)
            _ = try conditional(request, current: .digest(jobs.job(id).json.encoded()))
            try await jobs.delete(id)
            return Response(status: .noContent)
        }
    }

    /// The job that a path names.
    /// - Throws: 404 for what cannot be a job's id.
    static func id(_ request: Request) throws(Problem) -> JobID {
        let text = request.parameter("job")
        guard let id = JobID(parsing: text) else {
            throw Problem(.notFound, "There is no job '\(text.prefix(140))'.")
        }
        return id
    }
}
