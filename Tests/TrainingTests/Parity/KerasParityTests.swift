import Foundation
import Protocol
import Testing
import Training

/// Every model that real Keras trained is trained here, from the same weights on the same data, and everything that
/// comes out is held against what Keras gave.
@Suite struct KerasParityTests {
    /// One name picks a case by hand: `FITD_CASE='core-dense*' swift test --filter KerasParity`.
    static let names: [String] = {
        if let chosen = ProcessInfo.processInfo.environment["FITD_CASE"] {
            return KerasCase.all.filter { fnmatch(chosen, $0, 0) == 0 }
        }
        return KerasCase.all.filter { !KerasCase.pending.contains($0) }
    }()

    @Test func casesAreThere() {
        #expect(KerasCase.all.count >= 265)
        #expect(KerasCase.pending.isSubset(of: KerasCase.all))
    }

    @Test(arguments: names) func agreesWithKeras(_ name: String) throws {
        let kerasCase = try KerasCase(named: name)
        do {
            for line in try Comparison(kerasCase).run() { Issue.record("\(name): \(line)") }
        } catch let problem as Problem {
            Issue.record("\(name): \(problem.detail) \(problem.errors.map { "\($0.pointer): \($0.detail)" })")
        }
    }
}

/// One case on the way through predict, fit, evaluate and predict.
private struct Comparison {
    let kerasCase: KerasCase
    let rtol: Double
    let atol: Double
    let runtime = Runtime(threads: 1, memoryLimit: 1 << 32)

    init(_ kerasCase: KerasCase) {
        self.kerasCase = kerasCase
        rtol = kerasCase.json["tolerance"]?["rtol"]?.number ?? 2e-4
        atol = kerasCase.json["tolerance"]?["atol"]?.number ?? 2e-5
    }

    /// Every disagreement with Keras.
    func run() throws -> [String] {
        guard let x = kerasCase.data("x"), let json = kerasCase.json["model"] else {
            return ["has no x or model"]
        }
        let model = try Sequential(ModelDefinition(reading: json)).built(for: Shape(x.shape))
        var state = try model.initialState()
        var wrong: [String] = []
        let paths = (kerasCase.json["weights"]?.array ?? []).compactMap { $0["path"]?.string }
        if model.weightInfo.map(\.path) != paths {
            wrong.append("weights are \(model.weightInfo.map(\.path)), not \(paths)")
        }
        for (index, array) in kerasCase.numbered("initial_").enumerated() where index < state.weights.count {
            if array.shape != state.weights[index].shape {
                return [
                    "\(state.weights[index].path) has shape \(state.weights[index].shape), not \(array.shape)"
                ]
            }
            state.weights[index].values = array.floats
        }
        guard let fitJSON = kerasCase.json["fit"], !fitJSON.isNull, let compile = kerasCase.json["compile"]
        else {
            return wrong + (try predict(model, state, x, "predict_before", batchSize: 32))
        }
        let batchSize = fitJSON["batch_size"]?.integer ?? 32
        wrong += try predict(model, state, x, "predict_before", batchSize: batchSize)
        let outcome = try fit(model, try Compilation(reading: compile), state, fitJSON)
        wrong += compare(history: outcome.history)
        for (variable, array) in zip(outcome.state.weights, kerasCase.numbered("final_")) {
            wrong += differ("final \(variable.path)", variable.values.map(Double.init), array.doubles)
        }
        var after = outcome.state
        after.states = model.zeroStates
        wrong += try evaluate(model, try Compilation(reading: compile), after, batchSize: batchSize)
        return wrong + (try predict(model, after, x, "predict_after", batchSize: batchSize))
    }

    private func fit(
        _ model: Sequential, _ compilation: Compilation, _ state: ModelState, _ json: JSONValue
    ) throws -> FitOutcome {
        var body = json.object ?? [:]
        body["x"] = "x"
        if kerasCase.arrays["y"] != nil { body["y"] = "y" }
        let request = try FitRequest(reading: .object(body))
        let data = try training(x: request.x, y: request.y, weight: request.sampleWeight)
        let options = try FitOptions(request, samples: data.x.samples) {
            try self.training(x: $0.x, y: $0.y, weight: $0.sampleWeight)
        }
        let fit = try Fit(
            model: model, compilation: compilation, state: state, data: data, options: options,
            runtime: runtime)
        return fit.run(stop: StopSignal(), observer: Silence())
    }

    private func training(x: ArrayReference, y: ArrayReference?, weight: ArrayReference?) throws
        -> TrainingData
    {
        func find(_ reference: ArrayReference?) throws -> DataArray? {
            guard case .dataset(let name, _) = reference else { return nil }
            return kerasCase.data(name)
        }
        return TrainingData(x: try #require(try find(x)), y: try find(y), sampleWeight: try find(weight))
    }

    private func predict(
        _ model: Sequential, _ state: ModelState, _ x: DataArray, _ name: String, batchSize: Int
    ) throws -> [String] {
        guard let want = kerasCase.arrays[name] else { return [] }
        let prediction = try Prediction(
            model: model, state: state, x: x, batchSize: batchSize, runtime: runtime)
        var got: [Double] = []
        _ = prediction.run(stop: StopSignal()) { got += $0.map(Double.init) }
        if prediction.outputShape != want.shape {
            return ["\(name) has shape \(prediction.outputShape), not \(want.shape)"]
        }
        return differ(name, got, want.doubles)
    }

    private func evaluate(
        _ model: Sequential, _ compilation: Compilation, _ state: ModelState, batchSize: Int
    ) throws -> [String] {
        guard let want = kerasCase.json["expect"]?["evaluate"]?.object, let x = kerasCase.data("x") else {
            return []
        }
        let evaluation = try Evaluation(
            model: model, compilation: compilation, state: state,
            data: TrainingData(x: x, y: kerasCase.data("y")),
            batchSize: batchSize, runtime: runtime)
        let logs = try #require(evaluation.run(stop: StopSignal()))
        if Set(logs.keys) != Set(want.keys) { return ["evaluate has \(logs.keys), not \(want.keys)"] }
        return logs.flatMap { name, value in
            differ("evaluate \(name)", numbers(value.json), numbers(want[name] ?? .null))
        }
    }

    private func compare(history: FitHistory) -> [String] {
        let want = kerasCase.json["expect"]?["history"]?.object ?? [:]
        if Set(history.values.keys) != Set(want.keys) {
            return ["history has \(history.values.keys), not \(want.keys)"]
        }
        return history.values.flatMap { name, values in
            differ("history \(name)", values.flatMap { numbers($0.json) }, numbers(want[name] ?? .null))
        }
    }

    private func numbers(_ value: JSONValue) -> [Double] {
        value.array.map { $0.flatMap(numbers) } ?? [value.number ?? .nan]
    }

    private func differ(_ what: String, _ got: [Double], _ want: [Double]) -> [String] {
        if got.count != want.count { return ["\(what) has \(got.count) numbers, not \(want.count)"] }
        let worst = zip(got, want).enumerated().first { _, pair in
            if pair.0.isNaN && pair.1.isNaN || pair.0 == pair.1 { return false }
            return !(abs(pair.0 - pair.1) <= atol + rtol * abs(pair.1))
        }
        return worst.map { ["\(what)[\($0.offset)]: \($0.element.0), Keras has \($0.element.1)"] } ?? []
    }
}

/// Hears nothing.
private final class Silence: FitObserver {
    func epochBegan(_ epoch: Int, step: Int) {}
    func progressed(_ progress: FitProgress) {}
    func epochEnded(_ epoch: EndedEpoch, checkpoint: () -> FitCheckpoint) {}
    func noted(_ text: String) {}
    func handed(_ output: FitOutput) {}
}
