import CZlib

/// A zip archive whose every field a test can set, to build what no writer would.
struct ZIPBuilder {
    struct Member {
        var name: [UInt8]
        var data: [UInt8]
        var method: UInt16 = 0
        var flags: UInt16 = 0
        var checksum: UInt32
        var uncompressedSize: Int
        var localName: [UInt8]?
        var localUncompressedSize: Int?
        var localChecksum: UInt32?
        var headerOffset: Int?
        var extra: [UInt8] = []

        /// A stored member.
        init(_ name: String, _ data: [UInt8]) {
            self.name = Array(name.utf8)
            self.data = data
            checksum = UInt32(crc32(0, data, UInt32(data.count)))
            uncompressedSize = data.count
        }

        /// A deflated member.
        init(_ name: String, deflating content: [UInt8]) {
            self.init(name, content)
            method = 8
            data = deflated(content)
        }
    }

    var members: [Member]
    var entryCount: Int?
    var directoryOffset: Int?
    var comment: [UInt8] = []

    init(_ members: [Member]) { self.members = members }

    var bytes: [UInt8] {
        var file: [UInt8] = []
        var directory: [UInt8] = []
        for member in members {
            let offset = file.count
            let common = little(member.flags) + little(member.method) + little(UInt16(0)) + little(UInt16(33))
            let compressed = little(UInt32(member.data.count))
            let localName = member.localName ?? member.name
            file += [0x50, 0x4B, 3, 4] + little(UInt16(20)) + common
            file += little(member.localChecksum ?? member.checksum) + compressed
            file += little(
                UInt32(truncatingIfNeeded: member.localUncompressedSize ?? member.uncompressedSize))
            file += little(UInt16(localName.count)) + little(UInt16(0)) + localName + member.data
            directory += [0x50, 0x4B, 1, 2] + little(UInt16(20)) + little(UInt16(20)) + common
            directory += little(member.checksum) + compressed
            directory += little(UInt32(truncatingIfNeeded: member.uncompressedSize))
            directory += little(UInt16(member.name.count)) + little(UInt16(member.extra.count))
            directory += [UInt8](repeating: 0, count: 10) + little(UInt32(member.headerOffset ?? offset))
            directory += member.name + member.extra
        }
        let count = UInt16(entryCount ?? members.count)
        var end: [UInt8] = [0x50, 0x4B, 5, 6, 0, 0, 0, 0] + little(count) + little(count)
        end += little(UInt32(directory.count)) + little(UInt32(directoryOffset ?? file.count))
        end += little(UInt16(comment.count)) + comment
        return file + directory + end
    }
}

/// An integer's bytes, least significant first.
func little(_ value: some FixedWidthInteger) -> [UInt8] {
    withUnsafeBytes(of: value.littleEndian) { [UInt8]($0) }
}

/// A raw deflate stream.
func deflated(_ content: [UInt8]) -> [UInt8] {
    var stream = z_stream()
    var output = [UInt8](repeating: 0, count: content.count / 500 + content.count / 1000 + 1 << 16)
    let count = content.count
    let written = content.withUnsafeBufferPointer { input in
        output.withUnsafeMutableBufferPointer { buffer in
            deflateInit2_(
                &stream, 9, Z_DEFLATED, -15, 8, Z_DEFAULT_STRATEGY, ZLIB_VERSION,
                Int32(MemoryLayout<z_stream>.size))
            stream.next_in = UnsafeMutablePointer(mutating: input.baseAddress)
            stream.avail_in = UInt32(count)
            stream.next_out = buffer.baseAddress
            stream.avail_out = UInt32(buffer.count)
            deflate(&stream, Z_FINISH)
            deflateEnd(&stream)
            return Int(stream.total_out)
        }
    }
    return Array(output[..<written])
}
