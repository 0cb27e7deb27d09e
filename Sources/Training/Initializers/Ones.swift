/// All ones (keras/src/initializers/constant_initializers.py).
struct Ones: Initializer {
    static let className = "Ones"
    static let aliases = ["one"]
    static let arguments: [Argument] = []

    let configuration: Arguments

    init(_ arguments: Arguments) { configuration = arguments }

    func fill(_ values: UnsafeMutableBufferPointer<Float>, shape: [Int], stream: UInt64) {
        values.update(repeating: 1)
    }
}
