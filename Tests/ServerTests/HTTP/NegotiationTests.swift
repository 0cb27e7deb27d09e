import HTTPTypes
import Protocol
import Server
import Testing

@Suite struct NegotiationTests {
    func request(_ fields: HTTPFields, target: String = "/") throws -> Request {
        try Request(
            head: HTTPRequest(
                method: .get, scheme: "http", authority: "localhost", path: target, headerFields: fields))
    }

    @Test(
        arguments: [
            (nil, "application/json"), ("*/*", "application/json"),
            ("application/x-npy", "application/x-npy"),
            ("text/*", nil), ("application/*", "application/json"),
            ("application/json;q=0.5, application/x-npy", "application/x-npy"),
            ("application/json;q=0, */*", "application/x-npy"),
            ("*/*;q=0.1, application/x-npy;q=0", "application/json"),
            ("APPLICATION/X-NPY", "application/x-npy"), ("application/x-npy;v=1;q=0.9", "application/x-npy"),
            ("application/json;q=0", nil), ("text/html", nil), ("nonsense", "application/json"),
            ("application/json; q=0.2, application/*; q=0.9", "application/x-npy"),
        ] as [(String?, String?)])
    func acceptChooses(field: String?, expected: String?) throws {
        let request = try request(field.map { [.accept: $0] } ?? [:])
        #expect(negotiate(request, [.json, .npy])?.description == expected)
    }

    @Test func refusalNamesTheTypes() {
        #expect(notAcceptable([.json, .npy]).detail.contains("application/json, application/x-npy"))
        #expect(notAcceptable([.json]).kind == .notAcceptable)
    }

    @Test func mediaTypesAreRead() {
        #expect(MediaType(parsing: "Application/JSON; charset=utf-8") == .json)
        #expect(MediaType(parsing: "text/csv;header=present") == .csv)
        for text in ["", "json", "a/b/c", "a/", "/b", "a b/c"] { #expect(MediaType(parsing: text) == nil) }
    }

    /// Examples of RFC 7240.
    @Test(
        arguments: [
            ("wait=100", 100, false), ("respond-async, wait=10", 10, true), ("Respond-Async", nil, true),
            ("wait=\"7\"", 7, false), ("foo; some-parameter, wait = 3", 3, false), ("wait", nil, false),
            ("wait=-1", nil, false), ("wait=1.5", nil, false), ("wait=1, wait=2", 1, false),
            ("respond-async; x=y", nil, true), ("wait=99999999999999999999", Int.max, false),
        ] as [(String, Int?, Bool)])
    func preferencesAreRead(field: String, wait: Int?, async: Bool) throws {
        let preferences = Preferences(try request([.prefer: field]))
        #expect(preferences.wait == wait)
        #expect(preferences.respondAsync == async)
    }

    @Test func waitMayStandInTheTarget() throws {
        #expect(Preferences(try request([:], target: "/?wait=5")).wait == 5)
        #expect(Preferences(try request([.prefer: "wait=9"], target: "/?wait=5")).wait == 9)
        #expect(Preferences(try request([:], target: "/?wait=x")).wait == nil)
    }
}
