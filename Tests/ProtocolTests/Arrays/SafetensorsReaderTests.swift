import Protocol
import Testing

@Suite struct SafetensorsReaderTests {
    private func file(_ header: String, data: Int, length: UInt64? = nil) -> [UInt8] {
        little(length ?? UInt64(header.utf8.count)) + Array(header.utf8) + [UInt8](repeating: 0, count: data)
    }

    private func kind(_ file: [UInt8]) -> Problem.Kind? {
        problem { _ = try load(file, as: .safetensors) }?.kind
    }

    @Test func readsEveryTensor() throws {
        let file = try Fixture.bytes("NumPy/tensors.safetensors")
        #expect(ArrayFormat.detect(prefix: file) == .safetensors)
        let expected = try Fixture.arrays("NumPy/tensors.json")
        let arrays = try load(file)
        #expect(Set(arrays.map(\.name)) == Set(expected.keys))
        for (name, array) in arrays { #expect(array == expected[name]?.array, "\(name)") }
    }

    @Test func anyCutIsRefused() throws {
        let file = try Fixture.bytes("NumPy/tensors.safetensors")
        for end in file.indices { #expect(kind(Array(file[..<end])) == .malformed) }
    }

    @Test(arguments: [
        #"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}}"#,
        #"{"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}"#,
        #"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}"#,
        #"{"a":{"dtype":"F32","shape":[2],"data_offsets":[8,0]}}"#,
        #"{"a":{"dtype":"F32","shape":[2],"data_offsets":[-8,0]}}"#,
        #"{"a":{"dtype":"F32","shape":[4],"data_offsets":[0,16]}}"#,
        #"{"a":{"dtype":"F32","shape":[-2],"data_offsets":[0,8]}}"#,
        #"{"a":{"dtype":"F32","shape":[4611686018427387904,4],"data_offsets":[0,8]}}"#,
        #"{"a":{"dtype":"F32","shape":[2]}}"#, #"{"a":{"dtype":"F32","data_offsets":[0,8]}}"#,
        #"{"a":{"shape":[2],"data_offsets":[0,8]}}"#, #"{"a":7}"#, #"[]"#, #"{"a":"#,
        #"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"b":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}"#,
        #"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}"#,
        #"{"../a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}"#,
    ])
    func refusesHeaders(header: String) {
        #expect(kind(file(header, data: 8)) == .malformed)
    }

    @Test func refusesLengthsThatLie() {
        let header = #"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}"#
        #expect(kind(file(header, data: 8)) == nil)
        for length: UInt64 in [0, 1, 1 << 20, 1 << 40, .max] {
            #expect(kind(file(header, data: 8, length: length)) == .malformed)
        }
    }

    @Test(arguments: ["BF16", "F8_E4M3", "C64", "x"])
    func refusesDtypes(dtype: String) {
        #expect(
            kind(file(#"{"a":{"dtype":"\#(dtype)","shape":[2],"data_offsets":[0,4]}}"#, data: 4))
                == .unprocessable)
    }
}
