/// `gain` on the diagonal of a matrix, zeros elsewhere (keras/src/initializers/constant_initializers.py). Keras does
/// not write the gain.
struct IdentityInitializer: Initializer {
    static let className = "Identity"
    static let aliases = ["IdentityInitializer"]
    static let arguments: [Argument] = [.number("gain", default: 1.0)]

    let configuration: Arguments
    private let gain: Float

    init(_ arguments: Arguments) {
        gain = arguments.float("gain")
        var written = arguments
        written.remove("gain")
        configuration = written
    }

    func check(shape: [Int]) throws {
        guard shape.count == 2 else {
            throw ArgumentError(
                nil, "Identity initializes matrices, not a variable of \(shape.count) dimensions.")
        }
    }

    func fill(_ values: UnsafeMutableBufferPointer<Float>, shape: [Int], stream: UInt64) throws {
        try check(shape: shape)
        values.update(repeating: 0)
        for index in 0..<min(shape[0], shape[1]) {
            values[index * shape[1] + index] = gain
        }
    }
}
