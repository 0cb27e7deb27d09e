import Protocol
import Testing

@Suite struct NPZReaderTests {
    @Test(arguments: ["stored", "deflated"])
    func readsWhatNumPySaves(name: String) throws {
        let expected = try Fixture.arrays("NumPy/arrays.json")
        let arrays = try load(Fixture.bytes("NumPy/\(name).npz"))
        #expect(arrays.count == expected.count && arrays.count > 190)
        for (name, array) in arrays {
            let want = try #require(expected[name])
            #expect(array == want.array, "\(name)")
            #expect(rawBytes(array.doubles) == want.doubles, "\(name)")
            #expect(rawBytes(array.floats) == want.floats, "\(name)")
        }
    }

    @Test(arguments: ["stored", "deflated"])
    func anArrayIsReadAlone(name: String) throws {
        let file = try Fixture.bytes("NumPy/\(name).npz")
        let all = try load(file)
        try file.withUnsafeBytes { bytes in
            let reader = try NPZReader(bytes)
            var inPlace = 0
            for (index, (name, array)) in all.enumerated().reversed() {
                #expect(reader.arrays[index].name == name)
                #expect(try reader.load(index) == array, "\(name)")
                #expect(rawBytes(try reader.loadFloats(index)) == rawBytes(array.floats), "\(name)")
                if let elements = try reader.elementsInPlace(index) {
                    #expect(Array(elements) == array.bytes, "\(name)")
                    inPlace += 1
                }
            }
            #expect((inPlace > 0) == (name == "stored"))
        }
    }

    /// The others can still be read.
    @Test func aDamagedArrayIsFoundWhenItIsRead() throws {
        var file = try Fixture.bytes("NumPy/stored.npz")
        let wanted = try file.withUnsafeBytes { bytes in
            try #require(try NPZReader(bytes).arrays.firstIndex { $0.dtype == .float32 && $0.byteCount > 4 })
        }
        let (name, elements) = try load(file)[wanted]
        let place = try #require(
            file.indices.first { file[$0...].starts(with: elements.bytes) }, "\(name) stands there as it is")
        file[place] ^= 1
        file.withUnsafeBytes { bytes in
            #expect(problem { _ = try NPZReader(bytes).loadFloats(wanted) }?.kind == .malformed)
            #expect(problem { _ = try NPZReader(bytes).load(wanted) }?.kind == .malformed)
            #expect(problem { _ = try NPZReader(bytes).elementsInPlace(wanted) }?.kind == .malformed)
            #expect(throws: Never.self) { try NPZReader(bytes).loadFloats(wanted + 1) }
        }
    }

    @Test(arguments: ["streamed", "streamed_deflated"])
    func readsWhatNumPyWritesToAPipe(name: String) throws {
        let expected = try Fixture.arrays("NumPy/arrays.json")
        let arrays = try load(Fixture.bytes("NumPy/\(name).npz"))
        #expect(arrays.map(\.name) == ["float32/big/F/3", "int64/little/C/2", "empty"])
        for (name, array) in arrays { #expect(array == expected[name]?.array) }
    }

    @Test func namesPositionalArraysAsNumPyDoes() throws {
        let arrays = try load(Fixture.bytes("NumPy/positional.npz"))
        #expect(arrays.map(\.name) == ["arr_0", "arr_1"])
        #expect(arrays[0].array.integers == [0, 1, 2])
    }

    @Test(arguments: ["positional", "streamed", "streamed_deflated"])
    func anyCutIsRefused(name: String) throws {
        let file = try Fixture.bytes("NumPy/\(name).npz")
        for end in file.indices {
            #expect(problem { _ = try load(Array(file[..<end]), as: .npz) }?.kind == .malformed)
        }
    }

    @Test(arguments: ["positional", "streamed", "streamed_deflated"])
    func aFlippedBitIsFoundOrHarmless(name: String) throws {
        let file = try Fixture.bytes("NumPy/\(name).npz")
        let original = try load(file).map(\.array)
        for index in file.indices {
            for bit in 0..<8 {
                var changed = file
                changed[index] ^= 1 << bit
                do {
                    #expect(try load(changed, as: .npz).map(\.array) == original)
                } catch let problem as Problem {
                    #expect([.malformed, .unprocessable, .contentTooLarge].contains(problem.kind))
                }
            }
        }
    }

    @Test func limitsArraysAndBytes() throws {
        let file = try Fixture.bytes("NumPy/positional.npz")
        #expect(
            problem { _ = try load(file, limits: ArrayLimits(maximumArrays: 1)) }?.kind == .contentTooLarge)
        #expect(
            problem { _ = try load(file, limits: ArrayLimits(maximumBytes: 300)) }?.kind == .contentTooLarge)
        #expect(throws: Never.self) {
            try load(file, limits: ArrayLimits(maximumArrays: 2, maximumBytes: 400))
        }
    }
}
