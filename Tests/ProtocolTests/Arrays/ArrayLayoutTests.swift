import Protocol
import Testing

@Suite struct ArrayLayoutTests {
    @Test(arguments: [
        [-1], [2, -3], [1 << 62], [1 << 32, 1 << 32], [0, 1 << 62], [Int.max], Array(repeating: 1, count: 65),
    ])
    func refusesShapes(shape: [Int]) {
        #expect(problem { _ = try ArrayLayout(dtype: .float32, shape: shape) }?.kind == .malformed)
    }

    @Test func countsElementsAndBytes() throws {
        let layout = try ArrayLayout(dtype: .int16, shape: [2, 3, 4])
        #expect(layout.elementCount == 24 && layout.byteCount == 48)
        #expect(try ArrayLayout(dtype: .float64, shape: []).byteCount == 8)
        #expect(try ArrayLayout(dtype: .float64, shape: [5, 0]).elementCount == 0)
    }

    @Test func anyBooleanThatIsNotZeroBecomesOne() throws {
        var output: [UInt8] = []
        try [0, 1, 2, 255].withUnsafeBytes { bytes in
            try ArrayLayout(dtype: .uint64, shape: [4]).writeCanonical(bytes) {
                output.append(contentsOf: $0)
            }
        }
        #expect(output == rawBytes([0, 1, 2, 255]))
        output = []
        try ([0, 1, 2, 255] as [UInt8]).withUnsafeBytes { bytes in
            try ArrayLayout(dtype: .bool, shape: [4]).writeCanonical(bytes) { output.append(contentsOf: $0) }
        }
        #expect(output == [0, 1, 1, 1])
    }

    @Test(arguments: [[700, 900], [900, 700], [3, 400_000], [400_000, 3], [90, 80, 70]])
    func reordersArraysLargerThanAPiece(shape: [Int]) throws {
        let count = shape.reduce(1, *)
        let strides = shape.indices.map { shape[..<$0].reduce(1, *) }
        var pieces = 0
        var output: [Int32] = []
        try (0..<Int32(count)).map(\.bigEndian).withUnsafeBytes { bytes in
            let layout = try ArrayLayout(dtype: .int32, shape: shape, bigEndian: true, fortranOrder: true)
            try layout.writeCanonical(bytes) {
                pieces += 1
                output.append(contentsOf: $0.bindMemory(to: Int32.self))
            }
        }
        #expect(pieces > 1 && output.count == count)
        var isRight = true
        for position in 0..<count {
            var rest = position
            var source = 0
            for axis in shape.indices.reversed() {
                source += rest % shape[axis] * strides[axis]
                rest /= shape[axis]
            }
            isRight = isRight && output[position] == Int32(source)
        }
        #expect(isRight)
    }

    @Test func refusesBytesOfAnotherLength() throws {
        let layout = try ArrayLayout(dtype: .float32, shape: [2])
        #expect(
            problem {
                try [UInt8](repeating: 0, count: 7).withUnsafeBytes { try layout.writeCanonical($0) { _ in } }
            }?.kind == .malformed)
    }
}
