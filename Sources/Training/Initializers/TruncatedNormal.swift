import Kernels

/// Normal values, cut off two standard deviations from the mean (keras/src/initializers/random_initializers.py).
struct TruncatedNormal: Initializer {
    static let className = "TruncatedNormal"

    static let arguments: [Argument] = [
        .seed, .number("mean", default: 0.0), .number("stddev", default: 0.05),
    ]

    let configuration: Arguments

    init(_ arguments: Arguments) { configuration = arguments }

    func fill(_ values: UnsafeMutableBufferPointer<Float>, shape: [Int], stream: UInt64) {
        guard let base = values.baseAddress else { return }
        configuration.random(stream: stream).truncatedNormal(
            base, count: values.count, mean: configuration.float("mean"),
            standardDeviation: configuration.float("stddev"))
    }
}
