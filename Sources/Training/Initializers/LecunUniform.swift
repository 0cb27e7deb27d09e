/// Uniform values: between ±√(3 / inputs) (LeCun et al., 1998;
/// keras/src/initializers/random_initializers.py).
struct LecunUniform: FanInitializer {
    static let className = "LecunUniform"
    static let arguments: [Argument] = [.seed] + FanAxes.arguments

    let configuration: Arguments

    init(_ arguments: Arguments) { configuration = arguments }

    func fill(_ values: UnsafeMutableBufferPointer<Float>, shape: [Int], stream: UInt64) throws {
        try FanScaling(scale: 1, mode: .input, distribution: .uniform)
            .fill(values, shape: shape, configuration, stream: stream)
    }
}
