/// Normal values: variance 2 / inputs, cut at two standard deviations (He et al., 2015;
/// keras/src/initializers/random_initializers.py).
struct HeNormal: FanInitializer {
    static let className = "HeNormal"
    static let arguments: [Argument] = [.seed] + FanAxes.arguments

    let configuration: Arguments

    init(_ arguments: Arguments) { configuration = arguments }

    func fill(_ values: UnsafeMutableBufferPointer<Float>, shape: [Int], stream: UInt64) throws {
        try FanScaling(scale: 2, mode: .input, distribution: .truncatedNormal)
            .fill(values, shape: shape, configuration, stream: stream)
    }
}
