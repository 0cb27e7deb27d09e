import Protocol

/// What the lists of what a fit has kept have in common.
extension API {
    /// Answers with a page of what the fit in a request's path has.
    /// - Parameters:
    ///   - what: What is listed, in the words of the path.
    ///   - page: The page after a place.
    ///   - describe: What is told of each.
    func list<Item>(
        _ what: String, for request: Request,
        page: (JobID, _ limit: Int, _ after: String?) throws(Problem) -> Page<Item>,
        describe: (Item, JobID) -> JSONValue
    ) throws(Problem) -> Response {
        _ = try request.negotiated([.json])
        let id = try fit(request, has: what)
        let listing = try Listing(request)
        let page = try page(id, listing.limit, listing.after)
        return try request.answer(json: page.json { describe($0, id) })
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
