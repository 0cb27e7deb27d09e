import Kernels

/// All zeros (keras/src/initializers/constant_initializers.py).
struct Zeros: Initializer {
    static let className = "Zeros"
    static let aliases = ["zero"]
    static let arguments: [Argument] = []

    let configuration: Arguments

    init(_ arguments: Arguments) { configuration = arguments }

    init() { configuration = Arguments.defaults(of: [], className: Self.className) }

    func fill(_ values: UnsafeMutableBufferPointer<Float>, shape: [Int], stream: UInt64) {
        values.update(repeating: 0)
    }
}
