import Protocol
import Testing

@Suite struct NDArrayTests {
    @Test func holdsWhatItIsGiven() throws {
        let array = try NDArray([1.5, -2] as [Float], shape: [2, 1])
        #expect(array.dtype == .float32 && array.elementCount == 2)
        #expect(array.floats == [1.5, -2] && array.doubles == [1.5, -2] && array.integers == nil)
        #expect(try NDArray([true, false], shape: [2]).integers == [1, 0])
    }

    @Test func refusesAShapeThatDoesNotFit() {
        #expect(problem { _ = try NDArray([1, 2] as [Float], shape: [3]) }?.kind == .malformed)
        #expect(
            problem { _ = try NDArray(dtype: .int8, shape: [1 << 62, 4], bytes: []) }?.kind == .malformed)
    }

    @Test func hasNoIntegersBeyond63Bits() throws {
        let bytes = rawBytes([UInt64(Int64.max), UInt64(Int64.max) + 1])
        #expect(try NDArray(dtype: .uint64, shape: [2], bytes: bytes).integers == nil)
        #expect(try NDArray(dtype: .uint64, shape: [1], bytes: Array(bytes[..<8])).integers == [.max])
    }

    @Test func isSavedAsNumPySavesIt() throws {
        let array = try NDArray((0..<12).map(Float.init), shape: [3, 4])
        #expect(try array.npy == Fixture.bytes("NumPy/version1.npy"))
    }
}
