import Protocol

/// Which part of a list a request asks for: `?limit=` and `?after=`.
struct Listing {
    let limit: Int
    let after: String?

    /// Reads the query.
    /// - Throws: 400.
    init(_ request: Request) throws(Problem) {
        limit = try request.queryInteger("limit", in: 1...1000) ?? 50
        after = request.queryValue("after")
        if let after, after.isEmpty || after.utf8.count > 256 {
            throw Problem(.malformed, "Query parameter after takes the 'next' of a page, as it is.")
        }
    }
}

extension Page {
    /// `{"items": […], "next": …}`.
    func json(_ describe: (Item) throws(Problem) -> JSONValue) throws(Problem) -> JSONValue {
        var list: [JSONValue] = []
        for item in items { list.append(try describe(item)) }
        return ["items": .array(list), "next": next.map { .string($0) } ?? .null]
    }
}
