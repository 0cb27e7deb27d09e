/// What a variable starts as.
package protocol Initializer: Configurable {
    /// Fills a variable of a shape; `stream` keys the random numbers unless the initializer has a seed of its own.
    func fill(_ values: UnsafeMutableBufferPointer<Float>, shape: [Int], stream: UInt64) throws
}
