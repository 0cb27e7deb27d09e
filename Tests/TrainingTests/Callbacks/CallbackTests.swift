import Protocol
import Testing
import Training

/// What callbacks do to a fit, held against Keras's numbers where the parity suite has none, and against an
/// uninterrupted fit where a fit goes on from a checkpoint.
@Suite struct CallbackTests {
    private func close(_ a: [Double], _ b: [Double]) -> Bool {
        a.count == b.count && zip(a, b).allSatisfy { abs($0 - $1) < 2e-6 }
    }

    @Test func aSchedulerSetsTheRateOfEachEpoch() throws {
        var fit = SmallFit(epochs: 4)
        fit.callbacks = [
            ["class_name": "LearningRateScheduler", "config": ["schedule": "lr if epoch < 2 else lr * 0.5"]]
        ]
        let outcome = try fit.run()
        #expect(close(outcome.history("learning_rate"), [0.2, 0.2, 0.1, 0.05]))
        #expect(close(outcome.history("loss"), [0.7907155, 0.5702749, 0.5324501, 0.5150493]))
        #expect(abs(outcome.weights[0] - 0.157359) < 2e-6)
    }

    @Test(arguments: [false, true]) func averagedWeightsAreValidated(_ swapsOnEpoch: Bool) throws {
        var fit = SmallFit(validates: true)
        fit.compile["optimizer"] = [
            "class_name": "SGD", "config": ["learning_rate": 0.2, "use_ema": true, "ema_momentum": 0.6],
        ]
        fit.callbacks = [
            ["class_name": "SwapEMAWeights", "config": ["swap_on_epoch": .bool(swapsOnEpoch)]]
        ]
        let outcome = try fit.run()
        #expect(close(outcome.history("loss"), [0.7907155, 0.5702749, 0.5413564]))
        #expect(close(outcome.history("val_loss"), [0.6839089, 0.5783848, 0.5430321]))
        #expect(abs(outcome.weights[0] - 0.14524) < 2e-6 && abs(outcome.weights[10] - 0.11387) < 2e-6)
    }

    static let remembering: [JSONValue] = [
        ["class_name": "EarlyStopping", "config": ["monitor": "loss", "min_delta": 0.02, "patience": 3]],
        [
            "class_name": "EarlyStopping",
            "config": ["monitor": "val_loss", "patience": 2, "restore_best_weights": true, "mode": "max"],
        ],
        [
            "class_name": "ReduceLROnPlateau",
            "config": ["monitor": "loss", "min_delta": 0.03, "patience": 1, "factor": 0.5, "cooldown": 1],
        ],
        ["class_name": "LearningRateScheduler", "config": ["schedule": "lr * 0.7"]],
        ["class_name": "SwapEMAWeights", "config": ["swap_on_epoch": true]],
        "TerminateOnNaN",
        ["class_name": "ModelCheckpoint", "config": ["filepath": "m.keras", "save_best_only": true]],
        ["class_name": "BackupAndRestore", "config": ["backup_dir": "/tmp/backup", "save_freq": 2]],
        ["class_name": "CSVLogger", "config": ["filename": "training.log"]],
        ["class_name": "TensorBoard", "config": ["update_freq": 2, "histogram_freq": 1]],
        "RemoteMonitor", "History", "ProgbarLogger",
    ]

    @Test func everyCallbackIsInterrupted() {
        let names = Self.remembering.map { $0["class_name"]?.string ?? $0.string ?? "" }
        #expect(Set(names) == Set(Registry.callbacks.names))
    }

    @Test(arguments: remembering) func memorySurvivesACheckpoint(_ callback: JSONValue) throws {
        var fit = SmallFit(epochs: 9, validates: true)
        fit.compile["optimizer"] = [
            "class_name": "SGD", "config": ["learning_rate": 0.3, "momentum": 0.9, "use_ema": true],
        ]
        fit.callbacks = [callback]
        let witness = SmallFit.Witness()
        let whole = try fit.run(witness)
        for checkpoint in witness.checkpoints {
            let resumed = try fit.run(resuming: checkpoint)
            #expect(resumed.history == whole.history, "from epoch \(checkpoint.nextEpoch)")
            #expect(resumed.weights == whole.weights, "from epoch \(checkpoint.nextEpoch)")
        }
    }

    /// Who keeps checkpoints needs none of the last epoch.
    @Test func theLastEpochIsToldAsSuch() throws {
        let witness = SmallFit.Witness()
        _ = try SmallFit(epochs: 4).run(witness)
        #expect(witness.last == [3])
        var stopped = SmallFit(epochs: 9)
        stopped.callbacks = [
            ["class_name": "EarlyStopping", "config": ["monitor": "loss", "min_delta": 100, "patience": 2]]
        ]
        let early = SmallFit.Witness()
        let outcome = try stopped.run(early)
        #expect(outcome.epochsRun == 3 && early.last == [2])
    }

    @Test func aVerboseCallbackNotesWhatItDoes() throws {
        var fit = SmallFit(epochs: 9)
        fit.callbacks = [
            [
                "class_name": "EarlyStopping",
                "config": ["monitor": "loss", "min_delta": 10, "patience": 2, "verbose": 1],
            ]
        ]
        let witness = SmallFit.Witness()
        #expect(try fit.run(witness).history.epochs.count == 3)
        #expect(witness.notes == ["Epoch 3: early stopping"])
    }

    static let faults: [(JSONValue, String, String)] = [
        ("EarlyStoping", "/callbacks/0", "Did you mean 'EarlyStopping'?"),
        (
            ["class_name": "EarlyStopping", "config": ["monitor": "val_los"]], "/callbacks/0/config/monitor",
            "not among the figures"
        ),
        (
            ["class_name": "EarlyStopping", "config": ["monitor": "size"]], "/callbacks/0/config/mode",
            "set mode to min or max"
        ),
        (
            ["class_name": "EarlyStopping", "config": ["pacience": 3]], "/callbacks/0/config/pacience",
            "Did you mean 'patience'?"
        ),
        (
            ["class_name": "ReduceLROnPlateau", "config": ["factor": 1.5]], "/callbacks/0/config/factor",
            "below 1"
        ),
        ("SwapEMAWeights", "/callbacks/0", "use_ema"),
        (
            ["class_name": "LearningRateScheduler", "config": ["schedule": "lr * epoc"]],
            "/callbacks/0/config/schedule", "did you mean 'epoch'?"
        ),
        ("LambdaCallback", "/callbacks/0", "Python is never run"),
        (
            ["class_name": "LambdaCallback", "config": ["on_epoch_end": nil]], "/callbacks/0/class_name",
            "Follow the job's events"
        ),
        (
            ["class_name": "BackupAndRestore", "config": ["backup_dir": ""]],
            "/callbacks/0/config/backup_dir", "not empty"
        ),
        (
            ["class_name": "BackupAndRestore", "config": ["backup_dir": "b", "save_freq": 0]],
            "/callbacks/0/config/save_freq", "from 1"
        ),
        (
            ["class_name": "LearningRateScheduler", "config": [:]], "/callbacks/0/config/schedule",
            "needs the argument"
        ),
    ]

    @Test(arguments: faults) func faultsTellTheirPlace(
        _ callback: JSONValue, _ pointer: String, _ part: String
    ) throws {
        var fit = SmallFit()
        fit.compile["metrics"] = [["name": "size", "expression": "K.mean(K.abs(y_pred))"]]
        fit.callbacks = [callback]
        let problem = try #require(throws: Problem.self) { try fit.makeFit() }
        let fault = try #require(problem.errors.first)
        #expect(fault.pointer.description == pointer)
        #expect(fault.detail.contains(part), "\(fault.detail)")
    }

    @Test func aScheduleRulesOutCallbacksThatSetTheRate() throws {
        var fit = SmallFit()
        fit.compile["optimizer"] = [
            "class_name": "SGD", "config": ["learning_rate": ["expression": "0.1 / (1 + step)"]],
        ]
        fit.callbacks = ["ReduceLROnPlateau"]
        let problem = try #require(throws: Problem.self) { try fit.makeFit() }
        #expect(problem.detail.contains("is a schedule"))
    }
}
