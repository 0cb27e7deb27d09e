import Kernels
import Testing

@Suite struct ConversionTests {
    /// Values written by `bytes` at an odd address come back as floats, in both byte orders and with a stride.
    private func check<Bits: FixedWidthInteger>(_ type: ElementType, _ bits: [Bits], _ truths: [Float]) {
        let values = Array(zip(bits, truths))
        let size = MemoryLayout<Bits>.size
        #expect(type.size == size)
        for bigEndian in [false, true] {
            for stride in [size, size + 3] {
                var bytes = [UInt8](repeating: 0xAA, count: 1 + stride * values.count)
                for (index, (value, _)) in values.enumerated() {
                    let ordered = bigEndian ? value.bigEndian : value.littleEndian
                    withUnsafeBytes(of: ordered) {
                        bytes.replaceSubrange((1 + index * stride)..<(1 + index * stride + size), with: $0)
                    }
                }
                let floats = bytes.withUnsafeBytes { bytes in
                    [Float](count: values.count) {
                        guard let base = bytes.baseAddress else { return }
                        convert(
                            from: base + 1, type: type, bigEndian: bigEndian,
                            strideBytes: stride == size ? nil : stride, count: values.count, to: $0)
                    }
                }
                for (float, (_, truth)) in zip(floats, values) {
                    #expect(float == truth || float.isNaN && truth.isNaN, "\(type)")
                }
            }
        }
    }

    @Test func integersOfEverySize() {
        check(.bool, [UInt8(0), 1, 255], [0, 1, 1])
        check(.int8, [Int8.min, 127, -1], [-128, 127, -1])
        check(.uint8, [UInt8.max, 0], [255, 0])
        check(.int16, [Int16.min, 32767, 258], [-32768, 32767, 258])
        check(.uint16, [UInt16.max, 258], [65535, 258])
        check(.int32, [Int32.min, 16_777_217, -5], [-2_147_483_648, 16_777_216, -5])
        check(.uint32, [UInt32.max, 7], [4_294_967_296, 7])
        check(.int64, [Int64.min, -1, 1 << 40], [-9_223_372_036_854_775_808, -1, 1_099_511_627_776])
        check(.uint64, [UInt64.max, 3], [18_446_744_073_709_551_616, 3])
    }

    @Test func floatsOfEverySize() {
        let floats = [Float(1.5), -0.0, .infinity, .nan, .leastNonzeroMagnitude]
        check(.float32, floats.map(\.bitPattern), floats)
        let doubles = [1.1, -1e300, 1e-50, .infinity, .nan, 16_777_217]
        check(.float64, doubles.map(\.bitPattern), doubles.map { Float($0) })
    }

    /// `numpy.frombuffer(…, '<f2')` of these bits.
    @Test func halves() {
        check(
            .float16,
            [UInt16(0x3C00), 0xC000, 0x7BFF, 0x0001, 0x03FF, 0x0400, 0x7C00, 0xFC00, 0x7E00, 0x8000, 0x3555],
            [
                1, -2, 65504, 5.960_464_5e-8, 6.097_555e-5, 6.103_515_6e-5, .infinity, -.infinity, .nan, -0.0,
                0.333_251_95,
            ])
    }

    @Test func rowsAreGatheredInAnyOrder() {
        let source: [Int16] = [1, 2, 3, 10, 20, 30, 100, 200, 300]
        let rows = [Float](count: 12) { target in
            source.withUnsafeBytes {
                guard let base = $0.baseAddress else { return }
                gatherRows(
                    from: base, type: .int16, rowCount: 3, indices: [2, 0, 2, 1], count: 4, to: target)
            }
        }
        #expect(rows == [100, 200, 300, 1, 2, 3, 100, 200, 300, 10, 20, 30])
    }
}
