import Server
import Testing

@Suite struct RemoteRootTests {
    @Test(arguments: [
        ("http://localhost:9000", "http://localhost:9000"), ("http://a.example", "http://a.example"),
        ("http://a.example/x/y//", "http://a.example/x/y"), ("http://[::1]:81/", "http://[::1]:81"),
        ("http://[::1]", "http://[::1]"), ("http://10.0.0.1:65535", "http://10.0.0.1:65535"),
    ])
    func aRootIsAnHTTPURL(_ text: String, _ description: String) {
        #expect(RemoteRoot(text)?.description == description)
    }

    @Test(arguments: [
        "", "localhost:9000", "https://a", "ftp://a", "http://", "http://:80", "http://a:", "http://a:0",
        "http://a:65536", "http://a:+80", "http://u@a", "http://u:p@a", "http://a?b", "http://a#b",
        "http://a b",
        "http://a\r\nX: y", "http://::1", "http://a:b:80", "http://[]", "http:///x",
    ])
    func anythingElseIsNone(_ text: String) {
        #expect(RemoteRoot(text) == nil)
    }
}
