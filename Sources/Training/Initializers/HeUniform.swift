/// Uniform values: between ±√(6 / inputs) (He et al., 2015;
/// keras/src/initializers/random_initializers.py).
struct HeUniform: FanInitializer {
    static let className = "HeUniform"
    static let arguments: [Argument] = [.seed] + FanAxes.arguments

    let configuration: Arguments

    init(_ arguments: Arguments) { configuration = arguments }

    func fill(_ values: UnsafeMutableBufferPointer<Float>, shape: [Int], stream: UInt64) throws {
        try FanScaling(scale: 2, mode: .input, distribution: .uniform)
            .fill(values, shape: shape, configuration, stream: stream)
    }
}
