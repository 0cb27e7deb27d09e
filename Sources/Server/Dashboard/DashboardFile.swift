import HTTPTypes
import Protocol

/// A file of the dashboard, as it was when the server was built.
struct DashboardFile: Sendable {
    let name: String
    let bytes: [UInt8]
    private let tag: EntityTag

    init(_ name: String, _ bytes: [UInt8]) {
        self.name = name
        self.bytes = bytes
        tag = .digest(bytes)
    }

    /// Nothing but what this server serves, no code in the page itself, and no markup made of text.
    private static let policy = """
        default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; \
        base-uri 'none'; form-action 'none'; frame-ancestors 'none'; \
        require-trusted-types-for 'script'; trusted-types 'none'
        """

    /// The file, or 304 to a browser that has it.
    func answer(_ request: Request) throws(Problem) -> Response {
        let fields: HTTPFields = [
            .contentSecurityPolicy: Self.policy, .xContentTypeOptions: "nosniff",
            .referrerPolicy: "no-referrer",
        ]
        return try request.answer(.bytes(bytes, contentType: contentType, fields: fields), tag: tag)
    }

    private var contentType: String {
        switch name.split(separator: ".").last {
        case "html": "text/html; charset=utf-8"
        case "css": "text/css; charset=utf-8"
        case "svg": "image/svg+xml"
        default: "text/javascript; charset=utf-8"
        }
    }
}

extension HTTPField.Name {
    /// `Referrer-Policy` (W3C Referrer Policy, 4.1).
    fileprivate static let referrerPolicy = HTTPField.Name.known("Referrer-Policy")
}
