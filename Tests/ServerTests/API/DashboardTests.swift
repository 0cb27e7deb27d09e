import Foundation
import HTTPTypes
import Protocol
import Server
import Testing

/// The dashboard's page and files, as a browser gets them.
@Suite struct DashboardTests {
    private static let folder = URL(filePath: #filePath).deletingLastPathComponent()
        .appending(path: "../../../Sources/Server/Dashboard/Files").standardizedFileURL
    /// What the page holds in place of its links to it.
    private static let inPage = ["style.css", "theme.js"]
    private let service: TestService

    private static func file(_ name: String) throws -> String {
        String(decoding: try Data(contentsOf: folder.appending(path: name)), as: UTF8.self)
    }

    init() throws {
        var tokens = TokenFile()
        _ = try tokens.create(name: "reader", scope: .read, expiresAt: nil)
        service = try TestService(starts: false, access: AccessControl(tokens))
    }

    @Test func everyFileIsServedAsItIsWrittenAndNeedsNoToken() async throws {
        let types = ["html": "text/html", "js": "text/javascript", "css": "text/css", "svg": "image/svg+xml"]
        let names = try FileManager.default.contentsOfDirectory(atPath: Self.folder.path)
        #expect(names.contains("index.html") && names.count > 10)
        for name in names where !Self.inPage.contains(name) {
            let answer = try await service.get(name == "index.html" ? "/" : "/dashboard/\(name)")
            #expect(answer.status == 200, "\(name)")
            if name != "index.html" { #expect(answer.body == Array(try Self.file(name).utf8), "\(name)") }
            let type = try #require(types[name.split(separator: ".").last.map(String.init) ?? ""], "\(name)")
            #expect(answer.fields[.contentType]?.hasPrefix(type) == true, "\(name)")
        }
        #expect(try await service.get("/dashboard/none.js").status == 404)
        #expect(try await service.get("/v1/jobs").status == 401)
    }

    @Test func aBrowserRunsNothingElseAndAsksOnlyForWhatHasChanged() async throws {
        for path in ["/", "/dashboard/app.js"] {
            let answer = try await service.get(path)
            let policy = try #require(answer.fields[.contentSecurityPolicy])
            let start = #/^default-src 'none'; script-src 'self'[^;]*; style-src 'self'[^;]*; img-src/#
            #expect(policy.contains(start))
            #expect(!policy.contains("unsafe") && !policy.contains("data:") && !policy.contains("*"))
            #expect(answer.fields[.xContentTypeOptions] == "nosniff")
            #expect(HTTPField.Name("Referrer-Policy").map { answer.fields[$0] } == "no-referrer")
            #expect(answer.fields[.cacheControl] == "no-cache")
            let tag = try #require(answer.fields[.eTag])
            let again = try await service.get(path, [.ifNoneMatch: tag])
            #expect(again.status == 304 && again.body.isEmpty)
        }
    }

    @Test func thePageHoldsTheStyleAndTheScriptThatItsPolicyNamesAndNoOther() async throws {
        let answer = try await service.get("/")
        var page = answer.text
        let policy = try #require(answer.fields[.contentSecurityPolicy])
        for (name, tag) in [("style.css", "style"), ("theme.js", "script")] {
            let text = try Self.file(name)
            #expect(page.contains("<\(tag)>\(text)</\(tag)>"))
            page = page.replacing("<\(tag)>\(text)</\(tag)>", with: "")
            // A browser holds the digest against the text; the tests in one would tell of a wrong one.
            #expect(policy.contains(try Regex("\(tag)-src 'self' 'sha256-[A-Za-z0-9+/]{43}=';")))
        }
        #expect(policy.matches(of: #/sha256-/#).count == 2)
        #expect(try #/<style|\sstyle=|\son\w+=|<script(?![^>]*\ssrc=)/#.firstMatch(in: page) == nil)
        #expect(try #/(src|href)="(?!/|#)/#.firstMatch(in: page) == nil, "loaded from elsewhere")
    }

    @Test func thePageAsksForTheModulesOfItsFirstViewAtOnceAndForNoOther() async throws {
        let page = try await service.get("/").text
        let preloaded = page.matches(of: #/(?:modulepreload"|module") (?:href|src)="/dashboard/([^"]+)"/#)
            .map { String($0.output.1) }
        var needed: Set<String> = []
        var unread = ["app.js"]
        while let name = unread.popLast() {
            guard needed.insert(name).inserted else { continue }
            let module = try await service.get("/dashboard/\(name)").text
            unread += module.matches(of: #/(?m)^import .*from "\./(.+)";$/#).map { String($0.output.1) }
        }
        #expect(needed.count > 5)
        #expect(preloaded.count == needed.count && Set(preloaded) == needed)
    }
}
