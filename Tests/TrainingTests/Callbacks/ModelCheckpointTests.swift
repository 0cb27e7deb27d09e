import Protocol
import Testing
import Training

/// When ModelCheckpoint saves, under which names and what, held against Keras.
@Suite struct ModelCheckpointTests {
    @Test(arguments: CallbackFixture.cases("checkpoints"))
    func itSavesWhenKerasDoes(_ recorded: CallbackFixture.Case) throws {
        let witness = SmallFit.Witness()
        _ = try recorded.fit("ModelCheckpoint").run(witness)
        let expected = recorded.json["saved"]?.array ?? []
        let prefix = { (name: String) in name.hasPrefix("./") ? String(name.dropFirst(2)) : name }
        #expect(witness.models.map(\.name) == expected.map { prefix($0["name"]?.string ?? "") })
        for (model, expected) in zip(witness.models, expected) {
            let weight = Double(model.weights[0].values[0])
            #expect(abs(weight - (expected["weight"]?.number ?? .nan)) < 2e-6)
            #expect(
                model.weights.map(\.path) == ["dense/kernel", "dense/bias", "dense_1/kernel", "dense_1/bias"])
        }
        let notes = (recorded.json["notes"]?.array ?? []).compactMap(\.string)
        #expect(
            witness.notes.filter { !$0.hasPrefix("Can save best") }
                == notes.map { $0.replacing("to ./", with: "to ") })
    }

    @Test(arguments: CallbackFixture.cases("checkpoints"))
    func aResumedFitSavesWhatIsLeft(_ recorded: CallbackFixture.Case) throws {
        let fit = recorded.fit("ModelCheckpoint")
        let witness = SmallFit.Witness()
        _ = try fit.run(witness)
        for checkpoint in witness.checkpoints {
            let resumed = SmallFit.Witness()
            _ = try fit.run(resuming: checkpoint, resumed)
            let rest = witness.models.filter { $0.epoch > checkpoint.nextEpoch }
            #expect(resumed.models.map(\.name) == rest.map(\.name), "from epoch \(checkpoint.nextEpoch)")
            #expect(resumed.models.map(\.weights) == rest.map(\.weights))
        }
    }

    static let faults: [(JSONObject, String, String)] = [
        ([:], "filepath", "needs the argument"),
        (["filepath": "best"], "filepath", "ends in .keras or .h5 or .npz"),
        (["filepath": "best.keras", "save_weights_only": true], "filepath", ".weights.h5"),
        (["filepath": "../best.keras"], "filepath", "'.' or '..'"),
        (["filepath": "a//best.keras"], "filepath", "empty"),
        (["filepath": "/tmp/best.keras"], "filepath", "such as 'best.keras'"),
        (["filepath": "a\\..\\b.keras"], "filepath", "backslashes"),
        (["filepath": "a\u{0}.keras"], "filepath", "controls"),
        (["filepath": .string(String(repeating: "n", count: 255) + ".keras")], "filepath", "255"),
        (["filepath": "{epoch.keras"], "filepath", "no '}'"),
        (["filepath": "epoch}.keras"], "filepath", "'}}'"),
        (["filepath": "{}.keras"], "filepath", "no field"),
        (["filepath": "{0}.keras"], "filepath", "no field"),
        (["filepath": "{epoch.real}.keras"], "filepath", "no field"),
        (["filepath": "{epoch!r}.keras"], "filepath", "no field"),
        (["filepath": "{epoch:.2f}-{loss:d}.keras"], "filepath", "fraction"),
        (["filepath": "{epoch:q}.keras"], "filepath", "no way to write a number"),
        (["filepath": "{epoch:1000d}.keras"], "filepath", "no way to write a number"),
        (["filepath": "{los:.2f}.keras"], "filepath", "Did you mean 'loss'?"),
        (["filepath": "{val_loss:.2f}.keras"], "filepath", "not among the figures at that time"),
        (["filepath": "{batch}.keras"], "filepath", "not among the figures at that time"),
        (["filepath": "{val_loss}.keras", "save_freq": 3], "filepath", "not among the figures at that time"),
        (["filepath": "m.keras", "save_freq": 0], "save_freq", "batches from 1"),
        (["filepath": "m.keras", "save_freq": "batch"], "save_freq", "\"epoch\""),
        (["filepath": "m.keras", "monitor": "acc"], "monitor", "not among the figures"),
        (["filepath": "m.keras", "save_bestonly": true], "save_bestonly", "Did you mean 'save_best_only'?"),
    ]

    @Test(arguments: faults) func faultsTellTheirPlace(
        _ arguments: JSONObject, _ place: String, _ part: String
    ) throws {
        var fit = SmallFit()
        fit.callbacks = [["class_name": "ModelCheckpoint", "config": .object(arguments)]]
        let problem = try #require(throws: Problem.self) { try fit.makeFit() }
        let fault = try #require(problem.errors.first)
        #expect(fault.pointer.description == "/callbacks/0/config/\(place)")
        #expect(fault.detail.contains(part), "\(fault.detail)")
    }

    @Test func aFigureThatAnEarlierCallbackAddsMayStandInTheName() throws {
        var fit = SmallFit(epochs: 1)
        let checkpoint: JSONValue = [
            "class_name": "ModelCheckpoint", "config": ["filepath": "{learning_rate:.1f}.keras"],
        ]
        let plateau: JSONValue = ["class_name": "ReduceLROnPlateau", "config": ["monitor": "loss"]]
        fit.callbacks = [plateau, checkpoint]
        let witness = SmallFit.Witness()
        _ = try fit.run(witness)
        #expect(witness.models.map(\.name) == ["0.2.keras"])
        fit.callbacks = [checkpoint, plateau]
        #expect(throws: Problem.self) { try fit.makeFit() }
    }
}
