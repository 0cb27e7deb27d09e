import Foundation
import HTTPTypes
import Protocol

/// A file of the dashboard, as it was when the server was built.
struct DashboardFile: Sendable {
    let name: String
    let bytes: [UInt8]
    private let tag: EntityTag
    private let policy: String

    init(_ name: String, _ bytes: [UInt8]) {
        self.name = name
        self.bytes = bytes
        tag = .digest(bytes)
        policy = Self.policy()
    }

    /// The page, with what it cannot be painted without in place of the links to it: a browser paints it after
    /// one round trip.
    init(page: [UInt8], style: [UInt8], script: [UInt8]) {
        let style = String(decoding: style, as: UTF8.self)
        let script = String(decoding: script, as: UTF8.self)
        let text = String(decoding: page, as: UTF8.self)
            .replacing(Self.styleLink, with: "<style>\(style)</style>")
            .replacing(Self.scriptLink, with: "<script>\(script)</script>")
        name = "index.html"
        bytes = Array(text.utf8)
        tag = .digest(bytes)
        policy = Self.policy(style: Self.source(style), script: Self.source(script))
    }

    private static let styleLink = #"<link rel="stylesheet" href="/dashboard/style.css">"#
    private static let scriptLink = #"<script src="/dashboard/theme.js"></script>"#

    /// Nothing but what this server serves, no code and no style in the page but those of these digests, and no
    /// markup made of text.
    private static func policy(style: String = "", script: String = "") -> String {
        """
        default-src 'none'; script-src 'self'\(script); style-src 'self'\(style); img-src 'self'; \
        connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; \
        require-trusted-types-for 'script'; trusted-types 'none'
        """
    }

    /// Text in a page, as a policy names it (Content Security Policy Level 3, 2.3.1).
    private static func source(_ text: String) -> String {
        let hash = SHA256()
        hash.update(Array(text.utf8))
        return " 'sha256-\(Data(hash.finalizeBytes()).base64EncodedString())'"
    }

    /// The file, or 304 to a browser that has it.
    func answer(_ request: Request) throws(Problem) -> Response {
        let fields: HTTPFields = [
            .contentSecurityPolicy: policy, .xContentTypeOptions: "nosniff",
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
