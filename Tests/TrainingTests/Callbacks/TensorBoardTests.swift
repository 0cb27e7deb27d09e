import Protocol
import Testing
import Training

/// TensorBoard's records, held against those of Keras.
@Suite struct TensorBoardTests {
    private static func events(_ witness: SmallFit.Witness, in run: String) throws -> EventFile {
        EventFile(try #require(witness.files["\(run)/events.out.tfevents.fitd.v2"]))
    }

    @Test(arguments: CallbackFixture.cases("boards"))
    func recordsAreKeras(_ recorded: CallbackFixture.Case) throws {
        let witness = SmallFit.Witness()
        _ = try recorded.fit("TensorBoard").run(witness)
        for run in ["logs/train", "logs/validation"] {
            let expected = (recorded.json["values"]?.array ?? []).filter { $0["folder"]?.string == run }
            guard !expected.isEmpty else {
                #expect(witness.files["\(run)/events.out.tfevents.fitd.v2"] == nil)
                continue
            }
            let file = try Self.events(witness, in: run)
            #expect(file.isWhole && file.version == "brain.Event:2")
            #expect(file.values.map(\.tag) == expected.map { $0["tag"]?.string })
            for (value, wanted) in zip(file.values, expected) { try compare(value, wanted) }
        }
    }

    private func compare(_ value: EventFile.Value, _ wanted: JSONValue) throws {
        #expect(value.step == wanted["step"]?.integer, "\(value.tag)")
        #expect(value.plugin == wanted["plugin"]?.string && value.content == wanted["content"]?.string)
        #expect(value.shape == wanted["shape"]?.array?.compactMap(\.integer))
        guard value.plugin != "graph_keras_model" else {
            let text = try #require(wanted["value"]?.array?.first?.string)
            let layers = { (model: JSONValue) in
                (model["config"]?["layers"]?.array ?? []).map { $0["config"]?["name"] }
            }
            return #expect(
                try layers(JSONValue(parsing: value.text)) == layers(JSONValue(parsing: text)))
        }
        let numbers = (wanted["value"]?.array ?? []).map { $0.number ?? .nan }
        #expect(value.numbers.count == numbers.count)
        for (number, other) in zip(value.numbers, numbers) {
            #expect(abs(number - other) < 2e-6, "\(value.tag) at \(value.step)")
        }
    }

    @Test(arguments: CallbackFixture.cases("boards"))
    func aResumedFitNeitherRepeatsNorLosesARecord(_ recorded: CallbackFixture.Case) throws {
        let fit = recorded.fit("TensorBoard")
        let witness = SmallFit.Witness()
        _ = try fit.run(witness)
        for checkpoint in witness.checkpoints.map(Optional.some) + [nil] {
            let resumed = SmallFit.Witness()
            resumed.files = witness.files
            _ = try fit.run(resuming: checkpoint, resumed)
            #expect(resumed.files.keys == witness.files.keys)
            for (name, file) in witness.files {
                let again = EventFile(resumed.files[name] ?? [])
                #expect(again.isWhole && again.values == EventFile(file).values)
            }
        }
    }

    @Test func thePaceIsRecorded() throws {
        var fit = SmallFit(epochs: 2)
        fit.callbacks = [
            [
                "class_name": "TensorBoard",
                "config": [
                    "log_dir": "./runs/1/", "write_steps_per_second": true, "update_freq": 1,
                    "write_graph": false,
                ],
            ]
        ]
        let witness = SmallFit.Witness()
        _ = try fit.run(witness)
        let file = try Self.events(witness, in: "runs/1/train")
        let pace = file.values.filter { $0.tag.hasSuffix("steps_per_second") }
        #expect(pace.map(\.tag).count { $0 == "epoch_steps_per_second" } == 2)
        #expect(pace.map(\.tag).count { $0 == "batch_steps_per_second" } == 6)
        #expect(pace.allSatisfy { $0.numbers.count == 1 && $0.numbers[0] > 0 })
    }

    @Test func weightsThatAreNoNumbersHaveNoCounts() throws {
        var fit = SmallFit(epochs: 4)
        fit.compile["optimizer"] = ["class_name": "SGD", "config": ["learning_rate": 1e30]]
        fit.callbacks = [["class_name": "TensorBoard", "config": ["histogram_freq": 3]]]
        let witness = SmallFit.Witness()
        _ = try fit.run(witness)
        let last = try #require(try Self.events(witness, in: "logs/train").values.last)
        #expect(last.tag == "sequential/dense_1/bias/histogram" && last.step == 3)
        #expect(last.numbers.count == 90 && last.numbers[0].isNaN && last.numbers[2] == 0)
    }

    static let faults: [(JSONObject, String, String)] = [
        (["log_dir": "/tmp/logs"], "log_dir", "such as 'logs'"),
        (["log_dir": ".."], "log_dir", "'.' or '..'"),
        (["log_dir": ""], "log_dir", "empty"),
        (["log_dir": .string(String(repeating: "n", count: 230))], "log_dir", "255"),
        (["write_images": true], "write_images", "is false"),
        (["profile_batch": 2], "profile_batch", "is 0"),
        (["profile_batch": [2, 4]], "profile_batch", "is 0"),
        (["embeddings_freq": 1], "embeddings_freq", "is 0"),
        (["embeddings_metadata": "words.tsv"], "embeddings_metadata", "is null"),
        (["update_freq": 0], "update_freq", "from 1"),
        (["update_freq": "epochs"], "update_freq", "\"epoch\""),
        (["histogram_freq": -1], "histogram_freq", "from 0"),
        (["logdir": "logs"], "logdir", "Did you mean 'log_dir'?"),
    ]

    @Test(arguments: faults) func faultsTellTheirPlace(
        _ arguments: JSONObject, _ place: String, _ part: String
    ) throws {
        var fit = SmallFit()
        fit.callbacks = [["class_name": "TensorBoard", "config": .object(arguments)]]
        let fault = try #require(try #require(throws: Problem.self) { try fit.makeFit() }.errors.first)
        #expect(fault.pointer.description == "/callbacks/0/config/\(place)")
        #expect(fault.detail.contains(part), "\(fault.detail)")
    }
}
