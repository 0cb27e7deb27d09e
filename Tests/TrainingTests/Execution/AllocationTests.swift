import AllocationCounter
import Protocol
import Testing
import Training

/// A step of training asks for no memory.
@Suite(.enabled(if: countsAllocations())) struct AllocationTests {
    @Test func countsWhatIsAllocated() {
        let before = allocationCount()
        let array = [Float](repeating: 1, count: Int.random(in: 100...200))
        #expect(array.count >= 100)
        #expect(allocationCount() > before)
    }

    @Test(arguments: LayerExample.all) func layersAllocateNothing(_ example: LayerExample) throws {
        for threads in [1, 2] {
            let shape = example.shapes[0]
            let trial = try LayerTrial(
                example.makeLayer(), shape: shape, mask: example.mask(shape, seed: 1), threads: threads)
            let y = trial.forward(example.input(shape, seed: 1), rows: shape[0])
            _ = trial.backward(example.projection(y.count))
            let before = allocationCount()
            for _ in 0..<3 { trial.pass() }
            #expect(allocationCount() == before, "on \(threads) threads")
        }
    }

    @Test(arguments: [
        "sgd", "rmsprop", "adam", "adamw", "adagrad", "adadelta", "adamax", "nadam", "ftrl", "lion",
    ])
    func optimizersAllocateNothing(_ optimizer: String) throws {
        try check(["optimizer": .string(optimizer), "loss": "mse"])
    }

    @Test(arguments: [
        "mse", "mae", "huber", "log_cosh", "binary_crossentropy", "poisson", "cosine_similarity",
    ])
    func lossesAndMetricsAllocateNothing(_ loss: String) throws {
        try check(["optimizer": "adam", "loss": .string(loss), "metrics": ["mae", "accuracy", "mse"]])
    }

    /// An epoch of a hundred steps more asks for memory fewer than ten times more.
    private func check(_ compile: JSONObject) throws {
        _ = try allocations(steps: 2, compile)
        // Beside other tests' threads a fit now and then asks once or twice more, of few steps as of many.
        let added = try allocations(steps: 102, compile) - allocations(steps: 2, compile)
        #expect(added < 10)
    }

    /// How often a fit asks for memory, when it is quick enough that it tells of no progress within its epoch.
    private func allocations(steps: Int, _ compile: JSONObject) throws -> Int {
        while true {
            let fit = try SmallFit(
                compile: compile, epochs: 1,
                change: {
                    $0.batchSize = 1
                    $0.stepsPerEpoch = steps
                    $0.shuffle = .samples
                }
            ).makeFit()
            let witness = Witness()
            let before = allocationCount()
            _ = fit.run(stop: StopSignal(), observer: witness)
            let after = allocationCount()
            if !witness.sawProgress { return after - before }
        }
    }

    /// Notes whether progress was told within the epoch, which costs memory ten times a second.
    private final class Witness: FitObserver {
        var sawProgress = false
        func epochBegan(_ epoch: Int, step: Int) {}
        func progressed(_ progress: FitProgress) { sawProgress = true }
        func epochEnded(_ epoch: EndedEpoch, checkpoint: () -> FitCheckpoint) {}
        func noted(_ text: String) {}
        func handed(_ output: FitOutput) {}
    }
}
