import Protocol
import Training

/// What trains a small model: an optimizer, a loss and metrics, and the arguments of a fit with its callbacks, in
/// one object: `{"compile": …, "fit": …}`. It is checked as a server checks it.
func trainings(_ bytes: [UInt8]) -> Int32 {
    guard let json = try? JSONValue(parsing: bytes) else { return 0 }
    _ = try? EvaluateRequest(reading: json["fit"] ?? .null)
    _ = try? PredictRequest(reading: json["fit"] ?? .null)
    let request = try? FitRequest(reading: json["fit"] ?? ["x": "x", "y": "y"])
    guard let compilation = try? Compilation(reading: json["compile"] ?? ["loss": "mse"]), let request,
        let model = try? Sequential(ModelDefinition(reading: stack))
    else { return 0 }
    let x = DataArray(shape: [12, 3], values: (0..<36).map(Float.init))
    let y = DataArray(shape: [12, 1], values: (0..<12).map { Float($0 % 2) })
    let data = TrainingData(x: x, y: y)
    let options = FitOptions(request, samples: x.samples) { _ in data }
    _ = try? Fit(
        model: model, compilation: compilation, state: ModelState(weights: []), data: data, options: options,
        runtime: Runtime(threads: 1, memoryLimit: 1 << 26))
    return 0
}

private let stack: JSONValue = [
    "layers": [
        ["class_name": "Dense", "config": ["units": 2, "activation": "tanh", "input_dim": 3]],
        ["class_name": "Dense", "config": ["units": 1, "activation": "sigmoid"]],
    ]
]
