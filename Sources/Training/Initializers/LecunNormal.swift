/// Normal values: variance 1 / inputs, cut at two standard deviations (LeCun et al., 1998;
/// keras/src/initializers/random_initializers.py).
struct LecunNormal: FanInitializer {
    static let className = "LecunNormal"
    static let arguments: [Argument] = [.seed] + FanAxes.arguments

    let configuration: Arguments

    init(_ arguments: Arguments) { configuration = arguments }

    func fill(_ values: UnsafeMutableBufferPointer<Float>, shape: [Int], stream: UInt64) throws {
        try FanScaling(scale: 1, mode: .input, distribution: .truncatedNormal)
            .fill(values, shape: shape, configuration, stream: stream)
    }
}
