import Protocol
import Testing

@Suite struct ArrayFormatTests {
    private func detect(_ text: String, _ contentType: String? = nil) -> ArrayFormat? {
        ArrayFormat.detect(prefix: Array(text.utf8), contentType: contentType)
    }

    @Test func goesByContentFirst() throws {
        #expect(
            ArrayFormat.detect(prefix: try Fixture.bytes("NumPy/version1.npy"), contentType: "text/csv")
                == .npy)
        #expect(
            ArrayFormat.detect(prefix: try Fixture.bytes("NumPy/stored.npz"), contentType: "text/csv") == .npz
        )
        #expect(ArrayFormat.detect(prefix: try Fixture.bytes("NumPy/tensors.safetensors")) == .safetensors)
        #expect(detect(" \n{\"x\": [1]}") == .json)
        #expect(detect("[[1, 2]]", "application/x-www-form-urlencoded") == .json)
        #expect(detect("a,b\n1,2\n") == .csv)
        #expect(detect("größe\n1\n") == .csv)
    }

    @Test func goesByContentTypeWhereContentLeavesItOpen() {
        #expect(detect("[a],b\n1,2\n", "text/csv; charset=utf-8") == .csv)
        #expect(detect("7", "application/json") == .json)
        #expect(detect("", "Application/X-NPY") == .npy)
        #expect(detect("\0\0", "application/zip") == .npz)
    }

    @Test func saysNothingOfOtherFiles() {
        #expect(detect("") == nil)
        #expect(detect("\0\u{1}\u{2}") == nil)
        #expect(ArrayFormat.detect(prefix: [0xFF, 0xD8, 0xFF, 0xE0]) == nil)
        #expect(detect("\0", "image/png") == nil)
    }

    @Test func aCharacterCutByThePrefixIsStillText() {
        for count in 505...512 {
            let text = String(repeating: "a", count: count) + "😀,b\n"
            #expect(ArrayFormat.detect(prefix: Array(text.utf8.prefix(512))) == .csv)
        }
    }
}
