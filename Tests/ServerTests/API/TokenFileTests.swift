import Foundation
import Protocol
import Server
import Testing

/// What a token file keeps, and how it is changed.
@Suite struct TokenFileTests {
    @Test func theSecretIsNowhere() throws {
        var file = TokenFile()
        let end = Timestamp(milliseconds: Timestamp.now.milliseconds + 1000)
        let secret = try file.create(name: "ci", scope: .train, expiresAt: end)
        #expect(secret.wholeMatch(of: /fitd_[A-Za-z0-9_-]{43}/) != nil)
        #expect(!file.text.contains(secret))
        let token = try #require(TokenFile(file.text).tokens.first)
        #expect(token == file.tokens.first)
        #expect(token.name == "ci" && token.scope == .train && token.expiresAt == end)
        #expect(try file.create(name: "other", scope: .train, expiresAt: nil) != secret)
    }

    /// The digest is what `printf %s first-token | sha256sum` prints.
    @Test func plainTokensBecomeDigests() throws {
        var file = try TokenFile("# ours\nfirst-token\n\n  second-token  \n")
        #expect(file.hasPlainTokens)
        #expect(
            file.tokens.map(\.name) == ["line-2", "line-4"] && file.tokens.allSatisfy { $0.scope == .admin })
        _ = try file.create(name: "third", scope: .read, expiresAt: nil)
        #expect(!file.text.contains("first-token") && !file.text.contains("second-token"))
        #expect(
            file.text.hasPrefix(
                "# ours\nline-2 admin sha256:55b4b48f529c3d2daa027cbffa6cfb6a03690424550f22109e39917406c8243b\n"
            ))
        let read = try TokenFile(file.text)
        #expect(read.tokens == file.tokens && !read.hasPlainTokens)
    }

    @Test func aNameIsGivenOnce() throws {
        var file = TokenFile()
        _ = try file.create(name: "ci", scope: .read, expiresAt: nil)
        #expect(throws: TokenFileError.self) { try file.create(name: "ci", scope: .read, expiresAt: nil) }
        #expect(throws: TokenFileError.self) { try file.create(name: "c i", scope: .read, expiresAt: nil) }
        try file.revoke("ci")
        #expect(file.tokens.isEmpty)
        #expect(throws: TokenFileError.self) { try file.revoke("ci") }
        #expect(throws: TokenFileError.self) { try AccessControl(TokenFile("# none\n")) }
    }

    @Test(arguments: [
        "ci train", "ci train sha256:12", "ci write sha256:\(String(repeating: "0", count: 64))",
        "ci train sha256:\(String(repeating: "0", count: 64)) expires=soon", "ci train md5:00 x",
    ])
    func aBrokenLineIsNamed(_ line: String) throws {
        let error = #expect(throws: TokenFileError.self) { try TokenFile("# one\n\(line)\n") }
        #expect(error?.description.contains("line 2") == true)
    }

    @Test func aFileIsReplacedForItsOwnerAlone() throws {
        let data = DataDirectory()
        let path = data.path + "-tokens"
        defer { try? FileManager.default.removeItem(atPath: path) }
        var file = TokenFile()
        let first = try file.create(name: "first", scope: .read, expiresAt: nil)
        try file.write(to: path)
        let attributes = try FileManager.default.attributesOfItem(atPath: path)
        #expect(attributes[.posixPermissions] as? Int == 0o600)
        #expect(try TokenFile(path: path).tokens == file.tokens)
        #expect(try !String(contentsOfFile: path, encoding: .utf8).contains(first))
        #expect(throws: TokenFileError.self) { try TokenFile(path: path + "/nowhere") }
    }

    @Test func aRevokedTokenIsRefusedFromTheNextLookOn() async throws {
        let data = DataDirectory()
        let path = data.path + "-tokens"
        defer { try? FileManager.default.removeItem(atPath: path) }
        var file = TokenFile()
        let secret = try file.create(name: "first", scope: .read, expiresAt: nil)
        try file.write(to: path)
        let access = try AccessControl(path: path)
        let service = try TestService(starts: false, access: access)
        #expect(try await service.get("/v1", [.authorization: "Bearer \(secret)"]).status == 200)
        try "broken line here\n".write(toFile: path, atomically: true, encoding: .utf8)
        #expect(throws: TokenFileError.self) { try access.reload() }
        #expect(try await service.get("/v1", [.authorization: "Bearer \(secret)"]).status == 200)
        try file.revoke("first")
        try file.write(to: path)
        try access.reload()
        #expect(try await service.get("/v1", [.authorization: "Bearer \(secret)"]).status == 401)
    }
}
