import Protocol
import Testing

@Suite struct NPYHeaderTests {
    /// A `.npy` file with a header of the test's own.
    private func file(
        _ dictionary: String, version: UInt8 = 1, length: Int? = nil, data: Int = 0
    ) -> [UInt8] {
        let text = Array(dictionary.utf8)
        let count = length ?? text.count
        let size = (0..<(version == 1 ? 2 : 4)).map { UInt8(truncatingIfNeeded: count >> (8 * $0)) }
        return [0x93] + Array("NUMPY".utf8) + [version, 0] + size + text + [UInt8](repeating: 0, count: data)
    }

    @Test func writesWhatNumPyWrites() throws {
        let headers = try Fixture.json("NumPy/headers.json").array ?? []
        #expect(headers.count > 200)
        for header in headers {
            let dtype = try #require(DType(rawValue: header["dtype"]?.string ?? ""))
            let shape = header["shape"]?.array?.compactMap(\.integer) ?? []
            let expected = unhex(header["header"]?.string ?? "")
            #expect(NPYHeader.encoded(dtype: dtype, shape: shape) == expected)
            let read = try expected.withUnsafeBytes { try NPYHeader(parsing: $0) }
            #expect(read.layout.dtype == dtype && read.layout.shape == shape)
            #expect(read.dataOffset == expected.count)
        }
    }

    @Test(arguments: ["version1", "version2", "version3"])
    func readsEveryVersion(name: String) throws {
        let arrays = try load(Fixture.bytes("NumPy/\(name).npy"))
        #expect(arrays.map(\.name) == ["data"])
        #expect(arrays[0].array.shape == [3, 4])
        #expect(arrays[0].array.floats == (0..<12).map(Float.init))
    }

    @Test(arguments: [
        "{'descr': '<f4', 'fortran_order': False, 'shape': (2,), }\n",
        "{\"descr\": \"<f4\", \"fortran_order\": False, \"shape\": (2,)}",
        "  { 'shape' : ( 2 , ) ,'fortran_order':True,'descr':'f4' }   ",
    ])
    func readsOtherSpellings(text: String) throws {
        #expect(try load(file(text, data: 8))[0].array.shape == [2])
        #expect(try load(file(text, version: 2, data: 8))[0].array.shape == [2])
    }

    @Test(arguments: [
        "object", "structured", "unicode", "bytes", "complex64", "datetime", "timedelta", "longdouble",
        "void",
    ])
    func refusesDtypes(name: String) throws {
        let file = try Fixture.bytes("NumPy/refused_\(name).npy")
        let problem = try #require(problem { _ = try load(file) })
        #expect(problem.kind == .unprocessable)
        #expect(problem.detail.contains("dtype"))
    }

    @Test(arguments: [
        "", "{", "}", "{}", "((((((((((((", "{'descr': '<f4', 'fortran_order': False}",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (2,)",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (2,)}}",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (2,)} # comment",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (2,), 'x': 1}",
        "{'descr': '<f4', 'descr': '<f4', 'fortran_order': False, 'shape': (2,)}",
        "{'descr': '\\x3cf4', 'fortran_order': False, 'shape': (2,)}",
        "{'descr': u'<f4', 'fortran_order': False, 'shape': (2,)}",
        "{'descr': __import__('os'), 'fortran_order': False, 'shape': (2,)}",
        "{'descr': '<f4', 'fortran_order': 0, 'shape': (2,)}",
        "{'descr': '<f4', 'fortran_order': false, 'shape': (2,)}",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (,)}",
        "{'descr': '<f4', 'fortran_order': False, 'shape': [2]}",
        "{'descr': '<f4', 'fortran_order': False, 'shape': 2}",
        "{,'descr': '<f4', 'fortran_order': False, 'shape': (2,)}",
    ])
    func refusesOtherGrammar(text: String) {
        #expect(problem { _ = try load(file(text, data: 8)) }?.kind == .malformed)
    }

    @Test(arguments: [
        "(2)", "(-1,)", "(+2,)", "(True,)", "(0x2,)", "(2L,)", "(02,)", "(2.0,)", "(2_0,)", "('2',)",
        "((2,),)",
        "((((((((2,", "(9223372036854775808,)", "(4294967296, 4294967296)", "(0, 4611686018427387904)",
        "(4611686018427387904,)", "(\(String(repeating: "1, ", count: 65)))",
        "(\(String(repeating: "9", count: 1_000)),)", "(1 2)", "(1,,2)", "(None,)",
    ])
    func refusesShapes(shape: String) {
        let text = "{'descr': '<f4', 'fortran_order': False, 'shape': \(shape), }"
        #expect(problem { _ = try load(file(text, version: 2, data: 8)) }?.kind == .malformed)
    }

    @Test func refusesLengthsThatLie() {
        let text = "{'descr': '<f4', 'fortran_order': False, 'shape': (2,), }"
        for length in [0xFFFF_FFFF, 1_000_000, text.utf8.count + 9, text.utf8.count - 1, 0] {
            #expect(
                problem { _ = try load(file(text, version: 2, length: length, data: 8)) }?.kind == .malformed)
        }
        let digits =
            "{'descr': '<f4', 'fortran_order': False, 'shape': (\(String(repeating: "1", count: 1_000_000)),)}"
        #expect(problem { _ = try load(file(digits, version: 2)) }?.kind == .malformed)
    }

    @Test(arguments: [0, 7, 9, 1000])
    func refusesDataOfAnotherLength(count: Int) {
        let text = "{'descr': '<f4', 'fortran_order': False, 'shape': (2,), }"
        #expect(problem { _ = try load(file(text, data: count)) }?.kind == .malformed)
    }

    @Test func refusesUnknownVersions() {
        for version: UInt8 in [0, 4, 255] {
            #expect(problem { _ = try load(file("{}", version: version)) }?.kind == .malformed)
        }
    }

    @Test(arguments: ["version1", "version2", "version3"])
    func anyCutIsRefused(name: String) throws {
        let file = try Fixture.bytes("NumPy/\(name).npy")
        for end in file.indices {
            #expect(problem { _ = try load(Array(file[..<end]), as: .npy) }?.kind == .malformed)
        }
    }

    @Test func noByteOfAHeaderCrashes() throws {
        let file = try Fixture.bytes("NumPy/version1.npy")
        for index in 0..<128 {
            for byte: UInt8 in [0, 0x20, 0x27, 0x28, 0x30, 0x39, 0x7F, 0xFF] {
                var changed = file
                changed[index] = byte
                if let problem = problem({ _ = try load(changed, as: .npy) }) {
                    #expect([.malformed, .unprocessable].contains(problem.kind))
                }
            }
        }
    }
}
