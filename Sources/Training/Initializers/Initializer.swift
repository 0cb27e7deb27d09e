/// What a variable starts as.
package protocol Initializer: Configurable {
    /// Fills a variable of a shape; `stream` keys the random numbers unless the initializer has a seed of its own.
    func fill(_ values: UnsafeMutableBufferPointer<Float>, shape: [Int], stream: UInt64) throws

    /// Throws what `fill` would throw, and draws nothing.
    func check(shape: [Int]) throws
}

extension Initializer {
    /// Fits every shape.
    func check(shape: [Int]) throws {}
}
