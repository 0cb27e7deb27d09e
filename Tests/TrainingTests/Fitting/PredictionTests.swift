import Protocol
import Testing
import Training

@Suite struct PredictionTests {
    /// 512 products of 1 and a subnormal number are a normal one or, with TensorFlow and with JAX, 0.
    @Test(arguments: [1, 2]) func subnormalWeightsAreZeroOnEveryThread(_ threads: Int) throws {
        let model = try Sequential(
            ModelDefinition(reading: [
                "layers": [
                    ["class_name": "InputLayer", "config": ["batch_shape": [nil, 512]]],
                    ["class_name": "Dense", "config": ["units": 512, "use_bias": false]],
                ]
            ]))
        var state = try model.initialState()
        state.weights[0].values = Array(repeating: .leastNormalMagnitude / 128, count: 512 * 512)
        let prediction = try Prediction(
            model: model, state: state,
            x: DataArray(shape: [128, 512], values: Array(repeating: 1, count: 128 * 512)),
            batchSize: 128, runtime: Runtime(threads: threads))
        var outputs: [Float] = []
        _ = prediction.run(stop: StopSignal()) { outputs += $0 }
        #expect(outputs.count == 128 * 512)
        #expect(outputs.allSatisfy { $0 == 0 })
    }
}
