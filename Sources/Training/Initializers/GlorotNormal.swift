/// Normal values: variance 2 / (inputs + outputs), cut at two standard deviations (Glorot and Bengio, 2010;
/// keras/src/initializers/random_initializers.py).
struct GlorotNormal: FanInitializer {
    static let className = "GlorotNormal"
    static let arguments: [Argument] = [.seed] + FanAxes.arguments

    let configuration: Arguments

    init(_ arguments: Arguments) { configuration = arguments }

    func fill(_ values: UnsafeMutableBufferPointer<Float>, shape: [Int], stream: UInt64) throws {
        try FanScaling(scale: 1, mode: .average, distribution: .truncatedNormal)
            .fill(values, shape: shape, configuration, stream: stream)
    }
}
