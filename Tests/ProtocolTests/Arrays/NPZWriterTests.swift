import Protocol
import Testing

@Suite struct NPZWriterTests {
    private func arrays() throws -> [(name: String, array: NDArray)] {
        [
            ("dense/kernel", try NDArray((0..<6).map { Float($0) / 8 }, shape: [2, 3])),
            ("ids", try NDArray([-1, 0, 1 << 62] as [Int64], shape: [3])),
            ("scalar", try NDArray([0.1] as [Double], shape: [])),
            ("größe", try NDArray([true, false], shape: [2])),
        ]
    }

    private func written() throws -> [UInt8] {
        var file: [UInt8] = []
        var writer = NPZWriter { file.append(contentsOf: $0) }
        for (name, array) in try arrays() { try writer.append(name: name, array) }
        try writer.finish()
        return file
    }

    /// The fixture is a file that NumPy has read back: `generate.py` checks it.
    @Test func writesWhatNumPyReads() throws {
        #expect(try written() == Fixture.bytes("NumPy/written.npz"))
    }

    @Test func readsBackTheSame() throws {
        let read = try load(written())
        let arrays = try arrays()
        #expect(read.map(\.name) == arrays.map(\.name))
        #expect(read.map(\.array) == arrays.map(\.array))
    }

    @Test func knowsItsLengthBeforehand() throws {
        let descriptions = try arrays().map { name, array in
            try ArrayDescription(name: name, layout: ArrayLayout(dtype: array.dtype, shape: array.shape))
        }
        #expect(try NPZWriter.byteCount(of: descriptions) == written().count)
    }

    @Test func refusesElementsOfAnotherLength() throws {
        var writer = NPZWriter { _ in }
        let problem = problem {
            try [UInt8](repeating: 0, count: 7).withUnsafeBytes {
                try writer.append(name: "x", dtype: .float32, shape: [2], elements: $0)
            }
        }
        #expect(problem?.kind == .malformed)
    }
}
