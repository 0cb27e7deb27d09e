import Foundation
import Protocol
import Testing
import Training

/// CSVLogger's file, held against Keras's.
@Suite struct CSVLoggerTests {
    private static func run(
        _ recorded: CallbackFixture.Case, resuming checkpoint: FitCheckpoint? = nil,
        _ witness: SmallFit.Witness
    ) throws -> String {
        var fit = recorded.fit("CSVLogger")
        fit.callbacks = fit.callbacks.map { callback in
            guard callback["class_name"] == "CSVLogger", var config = callback["config"]?.object else {
                return callback
            }
            config["filename"] = "training.log"
            return ["class_name": "CSVLogger", "config": .object(config)]
        }
        _ = try fit.run(resuming: checkpoint, witness)
        return String(decoding: try #require(witness.files["training.log"]), as: UTF8.self)
    }

    @Test(arguments: CallbackFixture.cases("logs"))
    func theFileIsKeras(_ recorded: CallbackFixture.Case) throws {
        let text = try Self.run(recorded, SmallFit.Witness())
        let separator = recorded.json["arguments"]?["separator"]?.string ?? ","
        let expected = try #require(recorded.json["text"]?.string)
        let fields = { (text: String) in
            text.components(separatedBy: "\r\n").map { $0.components(separatedBy: separator) }
        }
        #expect(fields(text).count == fields(expected).count)
        #expect(fields(text)[0] == fields(expected)[0])
        for (row, wanted) in zip(fields(text), fields(expected)).dropFirst() {
            #expect(row.count == wanted.count)
            for (field, wanted) in zip(row, wanted) where field != wanted {
                // The last digits of single precision may differ.
                let (number, other) = (try #require(Double(field)), try #require(Double(wanted)))
                #expect(abs(number - other) < 2e-6)
            }
        }
    }

    @Test(arguments: CallbackFixture.cases("logs"))
    func aResumedFitEndsWithTheSameFile(_ recorded: CallbackFixture.Case) throws {
        let witness = SmallFit.Witness()
        let whole = try Self.run(recorded, witness)
        for checkpoint in witness.checkpoints {
            // As a crash leaves it: with all that was written, though the fit goes on from further back.
            let resumed = SmallFit.Witness()
            resumed.files = witness.files
            #expect(try Self.run(recorded, resuming: checkpoint, resumed) == whole)
        }
        let again = SmallFit.Witness()
        again.files = witness.files
        #expect(try Self.run(recorded, again) == whole)
    }

    static let faults: [(JSONObject, String, String)] = [
        ([:], "filename", "needs the argument"),
        (["filename": "/var/log/training.log"], "filename", "such as 'training.log'"),
        (["filename": "../training.log"], "filename", "'.' or '..'"),
        (["filename": "a.csv", "separator": ""], "separator", "single character"),
        (["filename": "a.csv", "separator": ", "], "separator", "single character"),
        (["filename": "a.csv", "separator": "\n"], "separator", "single character"),
        (["filename": "a.csv", "separator": "\""], "separator", "single character"),
        (["filename": "a.csv", "seperator": ";"], "seperator", "Did you mean 'separator'?"),
    ]

    @Test(arguments: faults) func faultsTellTheirPlace(
        _ arguments: JSONObject, _ place: String, _ part: String
    ) throws {
        var fit = SmallFit()
        fit.callbacks = [["class_name": "CSVLogger", "config": .object(arguments)]]
        let fault = try #require(try #require(throws: Problem.self) { try fit.makeFit() }.errors.first)
        #expect(fault.pointer.description == "/callbacks/0/config/\(place)")
        #expect(fault.detail.contains(part), "\(fault.detail)")
    }

    @Test func aFileHasOneWriter() throws {
        var fit = SmallFit()
        let logger: JSONValue = ["class_name": "CSVLogger", "config": ["filename": "a.csv"]]
        let same: JSONValue = ["class_name": "CSVLogger", "config": ["filename": "./a.csv"]]
        fit.callbacks = [logger, same]
        let fault = try #require(try #require(throws: Problem.self) { try fit.makeFit() }.errors.first)
        #expect(fault.pointer.description == "/callbacks/1" && fault.detail.contains("callback 0"))
    }
}
