/// Uniform values: between ±√(6 / (inputs + outputs)) (Glorot and Bengio, 2010;
/// keras/src/initializers/random_initializers.py).
struct GlorotUniform: FanInitializer {
    static let className = "GlorotUniform"
    static let arguments: [Argument] = [.seed] + FanAxes.arguments

    let configuration: Arguments

    init(_ arguments: Arguments) { configuration = arguments }

    func fill(_ values: UnsafeMutableBufferPointer<Float>, shape: [Int], stream: UInt64) throws {
        try FanScaling(scale: 1, mode: .average, distribution: .uniform)
            .fill(values, shape: shape, configuration, stream: stream)
    }
}
