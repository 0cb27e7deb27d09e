import Kernels

/// Normal values (keras/src/initializers/random_initializers.py).
struct RandomNormal: Initializer {
    static let className = "RandomNormal"
    static let aliases = ["normal"]
    static let arguments: [Argument] = [
        .seed, .number("mean", default: 0.0), .number("stddev", default: 0.05),
    ]

    let configuration: Arguments

    init(_ arguments: Arguments) { configuration = arguments }

    func fill(_ values: UnsafeMutableBufferPointer<Float>, shape: [Int], stream: UInt64) {
        guard let base = values.baseAddress else { return }
        configuration.random(stream: stream).normal(
            base, count: values.count, mean: configuration.float("mean"),
            standardDeviation: configuration.float("stddev"))
    }
}
