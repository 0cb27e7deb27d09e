import Kernels
import Testing

/// Keras's backends take subnormal numbers as zero: a Dense of weight 1e-40 gives 0 for 1 with TensorFlow and with JAX.
@Suite struct SubnormalsTests {
    /// A quarter of each value, by a kernel.
    private func quarters(_ values: [Float]) -> [Float] {
        var output = [Float](repeating: -1, count: values.count)
        let product = MatrixProduct(rows: values.count, columns: 1, depth: 1)
        var scratch = [Float](repeating: 0, count: product.scratchCount())
        product.run(a: values, b: [0.25], c: &output, scratch: &scratch)
        return output
    }

    @Test func areZeroWithinAndThemselvesOutside() {
        let least = Float.leastNormalMagnitude
        let values: [Float] = [least, least / 2, 4 * least, -least, 1]
        let exact: [Float] = [least / 4, least / 8, least, -least / 4, 0.25]
        #expect(quarters(values) == exact)
        #expect(Subnormals.flushed { quarters(values) } == [0, 0, least, 0, 0.25])
        #expect(quarters(values) == exact)
    }

    @Test func areThemselvesAfterAnError() {
        struct Ending: Error {}
        #expect(throws: Ending.self) { try Subnormals.flushed { throw Ending() } }
        #expect(quarters([.leastNormalMagnitude]) == [.leastNormalMagnitude / 4])
    }
}
