/// One number everywhere (keras/src/initializers/constant_initializers.py).
struct Constant: Initializer {
    static let className = "Constant"
    static let arguments: [Argument] = [.number("value", default: 0.0)]

    let configuration: Arguments

    init(_ arguments: Arguments) { configuration = arguments }

    func fill(_ values: UnsafeMutableBufferPointer<Float>, shape: [Int], stream: UInt64) {
        values.update(repeating: configuration.float("value"))
    }
}
