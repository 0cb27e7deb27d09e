import Protocol
import Testing
import Training

@Suite struct RemoteMonitorTests {
    private static func fit(_ arguments: JSONObject, allowed: [String]?) -> SmallFit {
        var fit = SmallFit(epochs: 2)
        fit.callbacks = [
            ["class_name": "ReduceLROnPlateau", "config": ["monitor": "loss"]],
            ["class_name": "RemoteMonitor", "config": .object(arguments)],
        ]
        fit.change = { $0.remoteMonitors = allowed }
        return fit
    }

    @Test func eachEpochIsReported() throws {
        let witness = SmallFit.Witness()
        _ = try Self.fit([:], allowed: nil).run(witness)
        #expect(witness.reports.map(\.epoch) == [0, 1])
        #expect(witness.reports.map(\.logs) == witness.logs)
        let report = try #require(witness.reports.first)
        #expect(report.root == "http://localhost:9000" && report.path == "/publish/epoch/end/")
        #expect(report.field == "data" && report.headers.isEmpty)
    }

    @Test func argumentsAreHandedOn() throws {
        let arguments: JSONObject = [
            "root": "http://10.0.0.1:81/a/", "path": "/b?c=d", "send_as_json": true,
            "headers": ["X-Key": "k 1"],
        ]
        let witness = SmallFit.Witness()
        _ = try Self.fit(arguments, allowed: ["http://10.0.0.1:81/a"]).run(witness)
        let report = try #require(witness.reports.first)
        #expect(report.root == "http://10.0.0.1:81/a" && report.path == "/b?c=d" && report.field == nil)
        #expect(report.headers.map(\.name) == ["X-Key"] && report.headers.map(\.value) == ["k 1"])
    }

    static let faults: [(JSONObject, [String], String, String)] = [
        ([:], [], "root", "allows none"),
        ([:], ["http://a:1", "http://b"], "root", "Allowed: http://a:1, http://b."),
        (["root": "http://a:1@evil"], ["http://a:1"], "root", "Allowed: http://a:1."),
        (["root": "http://a:1/x"], ["http://a:1"], "root", "Allowed: http://a:1."),
        (["root": "http://a:1", "path": "@evil/"], ["http://a:1"], "path", "slash"),
        (["root": "http://a:1", "path": ""], ["http://a:1"], "path", "slash"),
        (["root": "http://a:1", "path": "/../b"], ["http://a:1"], "path", "'..'"),
        (["root": "http://a:1", "path": "/%2E%2e/b"], ["http://a:1"], "path", "'..'"),
        (["root": "http://a:1", "path": "/ HTTP/1.1"], ["http://a:1"], "path", "blank"),
        (["root": "http://a:1", "path": "/\r\nHost: b"], ["http://a:1"], "path", "blank"),
        (["root": "http://a:1", "headers": ["Host": "b"]], ["http://a:1"], "headers", "'Host'"),
        (["root": "http://a:1", "headers": ["X": "a\r\nY: b"]], ["http://a:1"], "headers", "'X'"),
        (["root": "http://a:1", "headers": ["a b": "c"]], ["http://a:1"], "headers", "'a b'"),
        (["root": "http://a:1", "headers": ["": "c"]], ["http://a:1"], "headers", "''"),
        (["root": "http://a:1", "headers": "X: y"], ["http://a:1"], "headers", "object"),
    ]

    @Test(arguments: faults) func whatIsNotAllowedIsRefused(
        _ arguments: JSONObject, _ allowed: [String], _ place: String, _ part: String
    ) throws {
        let fit = Self.fit(arguments, allowed: allowed)
        let fault = try #require(try #require(throws: Problem.self) { try fit.makeFit() }.errors.first)
        #expect(fault.pointer.description == "/callbacks/1/config/\(place)")
        #expect(fault.detail.contains(part), "\(fault.detail)")
    }
}
