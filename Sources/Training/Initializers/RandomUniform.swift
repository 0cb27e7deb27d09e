import Kernels

/// Uniform values from `minval` up to `maxval` (keras/src/initializers/random_initializers.py).
struct RandomUniform: Initializer {
    static let className = "RandomUniform"
    static let aliases = ["uniform"]
    static let arguments: [Argument] = [
        .seed, .number("minval", default: -0.05), .number("maxval", default: 0.05),
    ]

    let configuration: Arguments

    init(_ arguments: Arguments) { configuration = arguments }

    func fill(_ values: UnsafeMutableBufferPointer<Float>, shape: [Int], stream: UInt64) {
        guard let base = values.baseAddress else { return }
        configuration.random(stream: stream).uniform(
            base, count: values.count, lower: configuration.float("minval"),
            upper: configuration.float("maxval"))
    }
}
