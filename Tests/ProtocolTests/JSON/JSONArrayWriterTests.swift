import Protocol
import Testing

@Suite struct JSONArrayWriterTests {
    private func text(_ values: [Float], _ shape: [Int], pieces: Int = 1000) -> String {
        var writer = JSONArrayWriter(shape: shape)
        var output: [UInt8] = []
        for start in stride(from: 0, to: values.count, by: pieces) {
            writer.append(values[start..<min(start + pieces, values.count)], to: &output)
        }
        writer.finish(to: &output)
        return String(decoding: output, as: UTF8.self)
    }

    @Test(arguments: [1, 2, 3, 5, 12])
    func nestsAsTheShapeSays(pieces: Int) {
        let values = (0..<12).map { Float($0) / 8 }
        #expect(
            text(values, [2, 3, 2], pieces: pieces)
                == "[[[0.0,0.125],[0.25,0.375],[0.5,0.625]],[[0.75,0.875],[1.0,1.125],[1.25,1.375]]]")
    }

    @Test(arguments: [
        ([], "0.5"), ([1], "[0.5]"), ([1, 1, 1], "[[[0.5]]]"), ([0], "[]"), ([2, 0], "[[],[]]"),
        ([0, 2], "[]"),
        ([1, 2, 0], "[[[],[]]]"),
    ])
    func writesSmallShapes(shape: [Int], expected: String) {
        #expect(text(shape.contains(0) ? [] : [0.5], shape) == expected)
    }

    @Test func writesFloatsWithTheirOwnDigits() {
        #expect(
            text([0.12345, 1 / 3, .nan, .infinity, -.infinity, 1e-30], [6])
                == #"[0.12345,0.33333334,"NaN","Infinity","-Infinity",1e-30]"#)
    }

    @Test func writesIntegersAndBooleans() {
        var output: [UInt8] = []
        var integers = JSONArrayWriter(shape: [2])
        integers.append([Int64.min, 7], to: &output)
        var booleans = JSONArrayWriter(shape: [2])
        booleans.append([true, false], to: &output)
        #expect(String(decoding: output, as: UTF8.self) == "[-9223372036854775808,7][true,false]")
    }
}
