import HTTPTypes
import Protocol

/// How a request with an `Idempotency-Key` is told from others.
extension API {
    /// The request's key; nil when it has none.
    /// - Parameter digest: The digest of the content.
    /// - Throws: 400 for a key of another form.
    func key(_ request: Request, digest: String) throws(Problem) -> IdempotencyKey? {
        guard let text = request.fields[.idempotencyKey] else { return nil }
        guard (1...255).contains(text.utf8.count), text.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else {
            throw Problem(.malformed, "An Idempotency-Key is 1 to 255 visible ASCII characters.")
        }
        // Each token has keys of its own: two clients may choose the same.
        let owner = request.token.map { "\($0.name) " } ?? ""
        return IdempotencyKey(
            key: "\(owner)\(request.method) \(request.head.path ?? "/") \(text)", requestHash: digest,
            owner: request.token?.name ?? "")
    }

    /// The request's key, its content being at hand.
    func key(_ request: Request, _ bytes: [UInt8]) throws(Problem) -> IdempotencyKey? {
        guard request.fields[.idempotencyKey] != nil else { return nil }
        let hash = SHA256()
        hash.update(bytes)
        return try key(request, digest: hash.finalize())
    }

    /// The answer that the same request had before.
    func earlier(_ key: IdempotencyKey?) throws(Problem) -> StoredAnswer? {
        guard let key else { return nil }
        return try store.answer(for: key)
    }
}

extension StoredAnswer {
    /// An answer at hand, to be given again.
    init(_ response: Response) {
        var body: [UInt8] = []
        if case .bytes(let bytes) = response.body { body = bytes }
        var fields: JSONObject = [:]
        for field in response.fields { fields[field.name.rawName] = .string(field.value) }
        self.init(status: response.status.code, fields: fields, body: body)
    }
}

extension Response {
    /// The answer as it was given before.
    init(_ answer: StoredAnswer) {
        self.init(
            status: HTTPResponse.Status(code: answer.status),
            body: answer.body.isEmpty ? .none : .bytes(answer.body))
        for (name, value) in answer.fields {
            if let name = HTTPField.Name(name) { fields[name] = value.string }
        }
    }
}

extension Accepted {
    /// The answer for what was made, or that of the first time.
    func response(_ make: (Made) -> Response) -> Response {
        switch self {
        case .made(let made): make(made)
        case .repeated(let answer): Response(answer)
        }
    }
}
