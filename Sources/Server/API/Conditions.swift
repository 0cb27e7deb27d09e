import HTTPTypes
import Protocol

extension EntityTag {
    /// The tag of a representation: its digest.
    static func digest(_ bytes: [UInt8]) -> EntityTag {
        let hash = SHA256()
        hash.update(bytes)
        return EntityTag(String(hash.finalize().prefix(32)))
    }
}

extension Request {
    /// An answer with its tag, or 304 when the client has it already.
    func answer(_ response: Response, tag: EntityTag) throws(Problem) -> Response {
        var response = response
        response.fields[.eTag] = tag.description
        response.fields[.cacheControl] = "no-cache"
        guard case .proceed = try conditional(self, current: tag) else {
            return .notModified(tag, fields: response.fields.kept([.vary, .cacheControl]))
        }
        return response
    }

    /// A JSON answer whose tag is its digest.
    func answer(json: JSONValue) throws(Problem) -> Response {
        let bytes = json.encoded()
        return try answer(.bytes(bytes, contentType: "application/json"), tag: .digest(bytes))
    }
}

extension HTTPFields {
    fileprivate func kept(_ names: [HTTPField.Name]) -> HTTPFields {
        var fields = HTTPFields()
        for name in names { fields[name] = self[name] }
        return fields
    }
}
