import Protocol
import Testing

@Suite struct ZIPDirectoryTests {
    typealias Member = ZIPBuilder.Member
    private let array: [UInt8]

    init() throws { array = try NDArray([1, 2, 3] as [Float], shape: [3]).npy }

    private func kind(_ file: [UInt8], limits: ArrayLimits = .default) -> Problem.Kind? {
        problem { _ = try load(file, as: .npz, limits: limits) }?.kind
    }

    @Test func readsStoredAndDeflatedMembers() throws {
        let builder = ZIPBuilder([Member("a.npy", array), Member("b/c.npy", deflating: array)])
        let arrays = try load(builder.bytes)
        #expect(arrays.map(\.name) == ["a", "b/c"])
        #expect(arrays.map(\.array.floats) == [[1, 2, 3], [1, 2, 3]])
    }

    @Test(arguments: [
        "../x.npy", "/abs.npy", #"a\..\b.npy"#, "a\0.npy", "a/../b.npy", "./a.npy", "a//b.npy", ".npy",
        "a/.npy",
        "..npy", "a\n.npy", "\u{7f}.npy", String(repeating: "n", count: 300) + ".npy", "dir/", "x.txt",
        "x.NPY",
    ])
    func refusesNames(name: String) {
        #expect(kind(ZIPBuilder([Member(name, array)]).bytes) == .malformed)
    }

    @Test func refusesANameTwiceAndNamesThatAreNotText() {
        #expect(kind(ZIPBuilder([Member("x.npy", array), Member("x.npy", array)]).bytes) == .malformed)
        var member = Member("x.npy", array)
        member.name = [0xFF, 0xFE] + Array(".npy".utf8)
        #expect(kind(ZIPBuilder([member]).bytes) == .malformed)
    }

    @Test func refusesLocalHeadersUnlikeTheDirectory() {
        var name = Member("x.npy", array)
        name.localName = Array("y.npy".utf8)
        var size = Member("x.npy", deflating: array)
        size.localUncompressedSize = 1
        var checksum = Member("x.npy", array)
        checksum.localChecksum = 1
        for member in [name, size, checksum] { #expect(kind(ZIPBuilder([member]).bytes) == .malformed) }
    }

    @Test func refusesOverlappingAndHiddenMembers() {
        var second = Member("b.npy", array)
        second.headerOffset = 0
        #expect(kind(ZIPBuilder([Member("a.npy", array), second]).bytes) == .malformed)
        second.name = Array("a.npy".utf8)
        #expect(kind(ZIPBuilder([Member("a.npy", array), second]).bytes) == .malformed)
        var builder = ZIPBuilder([Member("a.npy", array), Member("b.npy", array)])
        builder.entryCount = 1
        #expect(kind(builder.bytes) == .malformed)
        builder.entryCount = 3
        #expect(kind(builder.bytes) == .malformed)
        #expect(kind([0x50, 0x4B, 3, 4] + ZIPBuilder([Member("a.npy", array)]).bytes) == .malformed)
    }

    @Test func refusesASecondEndRecord() {
        let file = ZIPBuilder([Member("a.npy", array)]).bytes
        let other = ZIPBuilder([Member("b.npy", array)]).bytes
        #expect(kind(file + other) == .malformed)
        #expect(kind(file + file.suffix(22)) == .malformed)
        #expect(kind(file + [0]) == .malformed)
        var commented = ZIPBuilder([Member("a.npy", array)])
        commented.comment = Array(other.suffix(22))
        #expect(kind(commented.bytes) == .malformed)
    }

    @Test func refusesEncryptionAndOtherMethods() {
        var encrypted = Member("a.npy", array)
        encrypted.flags = 1
        var method = Member("a.npy", array)
        method.method = 12
        for member in [encrypted, method] { #expect(kind(ZIPBuilder([member]).bytes) == .unprocessable) }
    }

    @Test func refusesSizesThatLie() {
        for size in [0, 5, array.count - 1, array.count + 1, 1 << 20, 0xFFFF_FFFF] {
            var deflated = Member("a.npy", deflating: array)
            deflated.uncompressedSize = size
            var stored = Member("a.npy", array)
            stored.uncompressedSize = size
            #expect(kind(ZIPBuilder([deflated]).bytes) == .malformed)
            #expect(kind(ZIPBuilder([stored]).bytes) == .malformed)
        }
        var wide = Member("a.npy", deflating: array)
        wide.uncompressedSize = 0xFFFF_FFFF
        for size in [Int.max, -1, 1 << 62, 0, array.count] {
            wide.extra = little(UInt16(1)) + little(UInt16(8)) + little(size)
            let kind = kind(ZIPBuilder([wide]).bytes)
            #expect(kind == .malformed || kind == .contentTooLarge)
        }
    }

    @Test func refusesAChecksumThatDiffers() {
        for var member in [Member("a.npy", array), Member("a.npy", deflating: array)] {
            member.checksum ^= 1
            #expect(kind(ZIPBuilder([member]).bytes) == .malformed)
        }
    }

    @Test func refusesDeflatedDataThatAreCutOrFollowed() {
        var cut = Member("a.npy", deflating: array)
        cut.data.removeLast(3)
        var followed = Member("a.npy", deflating: array)
        followed.data += [0, 0]
        for member in [cut, followed] { #expect(kind(ZIPBuilder([member]).bytes) == .malformed) }
    }

    @Test func refusesABomb() throws {
        let zeros = [UInt8](repeating: 0, count: 128 << 20)
        let content = NPYHeader.encoded(dtype: .uint8, shape: [zeros.count]) + zeros
        let bomb = ZIPBuilder([Member("x.npy", deflating: content)]).bytes
        #expect(bomb.count < 1 << 18)
        #expect(kind(bomb) == .contentTooLarge)
        #expect(kind(ZIPBuilder([Member("nested.zip", bomb)]).bytes) == .malformed)
    }

    @Test func refusesAnEmptyArchive() {
        #expect(kind(ZIPBuilder([]).bytes) == .unprocessable)
    }
}
