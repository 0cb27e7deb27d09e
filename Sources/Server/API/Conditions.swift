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

/// A JSON document as it is sent, with its digest for a tag.
struct JSONAnswer: Sendable {
    let bytes: [UInt8]
    let tag: EntityTag

    init(_ json: JSONValue) {
        bytes = json.encoded()
        tag = .digest(bytes)
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
    func answer(json: JSONValue) throws(Problem) -> Response { try answer(JSONAnswer(json)) }

    /// A JSON answer that is written already.
    func answer(_ json: JSONAnswer) throws(Problem) -> Response {
        try answer(.bytes(json.bytes, contentType: "application/json"), tag: json.tag)
    }
}

extension HTTPFields {
    fileprivate func kept(_ names: [HTTPField.Name]) -> HTTPFields {
        var fields = HTTPFields()
        for name in names { fields[name] = self[name] }
        return fields
    }
}
