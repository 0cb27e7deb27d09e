/// A member as a zip archive's central directory lists it.
struct ZIPRecord {
    let nameBytes: UnsafeRawBufferPointer
    let flags: UInt16
    let method: UInt16
    let checksum: UInt32
    let compressedSize: Int
    let uncompressedSize: Int
    let headerOffset: Int
    /// Where the next record begins.
    let recordEnd: Int

    /// Bytes of a record before its name.
    static let fixedLength = 46
    private static let localLength = 30

    init(_ file: UnsafeRawBufferPointer, at position: Int, directoryEnd: Int) throws(Problem) {
        guard let fixed = file.slice(at: position, count: Self.fixedLength),
            fixed.littleEndian(at: 0, as: UInt32.self) == 0x0201_4B50,
            let flags = fixed.littleEndian(at: 8, as: UInt16.self),
            let method = fixed.littleEndian(at: 10, as: UInt16.self),
            let checksum = fixed.littleEndian(at: 16, as: UInt32.self),
            let compressed = fixed.littleEndian(at: 20, as: UInt32.self),
            let uncompressed = fixed.littleEndian(at: 24, as: UInt32.self),
            let nameLength = fixed.littleEndian(at: 28, as: UInt16.self),
            let extraLength = fixed.littleEndian(at: 30, as: UInt16.self),
            let commentLength = fixed.littleEndian(at: 32, as: UInt16.self),
            let offset = fixed.littleEndian(at: 42, as: UInt32.self),
            fixed.littleEndian(at: 34, as: UInt16.self) == 0,
            let name = file.slice(at: position + Self.fixedLength, count: Int(nameLength)),
            let extra = file.slice(at: position + Self.fixedLength + name.count, count: Int(extraLength))
        else { throw ZIPDirectory.malformed("its directory is cut short") }
        recordEnd = position + Self.fixedLength + name.count + extra.count + Int(commentLength)
        var wide = try ZIP64Extra(extra)
        guard recordEnd <= directoryEnd,
            let uncompressedSize = wide.resolve(uncompressed), let compressedSize = wide.resolve(compressed),
            let headerOffset = wide.resolve(offset), compressedSize <= file.count, headerOffset < file.count
        else { throw ZIPDirectory.malformed("a member's sizes or place do not fit the file") }
        (nameBytes, self.flags, self.method, self.checksum) = (name, flags, method, checksum)
        (self.compressedSize, self.uncompressedSize) = (compressedSize, uncompressedSize)
        self.headerOffset = headerOffset
        guard flags & 0x2041 == 0 else {
            throw Problem(.unprocessable, "The archive is encrypted; send it without a password.")
        }
        guard method == 0 || method == 8 else {
            throw Problem(
                .unprocessable,
                "The archive is packed with method \(method); only stored and deflated members are read, as "
                    + "numpy.savez and numpy.savez_compressed write them.")
        }
        guard method == 8 || compressedSize == uncompressedSize else {
            throw ZIPDirectory.malformed("a stored member has two different sizes")
        }
    }

    /// Whether the member's sizes and checksum follow its data, because its writer could not go back.
    private var hasDescriptor: Bool { flags & 8 != 0 }

    /// Checks the local header against this record, and that the member ends at `end`.
    func checkLocalHeader(in file: UnsafeRawBufferPointer, end: Int) throws(Problem) {
        guard let fixed = file.slice(at: headerOffset, count: Self.localLength),
            fixed.littleEndian(at: 0, as: UInt32.self) == 0x0403_4B50,
            fixed.littleEndian(at: 6, as: UInt16.self) == flags,
            fixed.littleEndian(at: 8, as: UInt16.self) == method,
            let checksum = fixed.littleEndian(at: 14, as: UInt32.self),
            let compressed = fixed.littleEndian(at: 18, as: UInt32.self),
            let uncompressed = fixed.littleEndian(at: 22, as: UInt32.self),
            let extraLength = fixed.littleEndian(at: 28, as: UInt16.self),
            fixed.littleEndian(at: 26, as: UInt16.self).map(Int.init) == nameBytes.count,
            let name = file.slice(at: headerOffset + Self.localLength, count: nameBytes.count),
            name.elementsEqual(nameBytes),
            let extra = file.slice(
                at: headerOffset + Self.localLength + name.count, count: Int(extraLength))
        else { throw ZIPDirectory.malformed("a member's local header differs from the directory") }
        var wide = try ZIP64Extra(extra)
        let local = (wide.resolve(uncompressed), wide.resolve(compressed))
        let agrees = local == (uncompressedSize, compressedSize) && checksum == self.checksum
        let left = hasDescriptor && checksum == 0 && (local == (0, 0) || local == (nil, nil))
        guard agrees || left else {
            throw ZIPDirectory.malformed("a member's local header differs from the directory")
        }
        let dataEnd = headerOffset + Self.localLength + name.count + extra.count + compressedSize
        guard dataEnd <= end, hasDescriptor ? isDescriptor(file, from: dataEnd, to: end) : dataEnd == end
        else {
            throw ZIPDirectory.malformed("its members overlap, or there are bytes between them")
        }
    }

    /// Whether the bytes between two offsets are this member's data descriptor, in one of its four forms.
    private func isDescriptor(_ file: UnsafeRawBufferPointer, from start: Int, to end: Int) -> Bool {
        let forms = [true, false].flatMap { signed in
            [true, false].map { wide in
                var bytes: [UInt8] = []
                if signed { bytes.appendLittleEndian(UInt32(0x0807_4B50)) }
                bytes.appendLittleEndian(checksum)
                for size in [compressedSize, uncompressedSize] {
                    if wide {
                        bytes.appendLittleEndian(UInt64(size))
                    } else {
                        bytes.appendLittleEndian(UInt32(truncatingIfNeeded: size))
                    }
                }
                return bytes
            }
        }
        return forms.contains { $0.elementsEqual(file[start..<end]) }
    }

    /// The member, after its local header has been checked.
    func entry(in file: UnsafeRawBufferPointer) throws(Problem) -> ZIPDirectory.Entry {
        guard let name = String(validating: nameBytes, as: UTF8.self) else {
            throw ZIPDirectory.malformed("a member's name is not UTF-8")
        }
        guard let extraLength = file.littleEndian(at: headerOffset + 28, as: UInt16.self),
            let data = file.slice(
                at: headerOffset + Self.localLength + nameBytes.count + Int(extraLength),
                count: compressedSize)
        else { throw ZIPDirectory.malformed("a member's data is cut short") }
        return ZIPDirectory.Entry(
            name: name, isDeflated: method == 8, checksum: checksum, uncompressedSize: uncompressedSize,
            data: data)
    }
}

/// The 64-bit sizes of a member, of which a header has those that do not fit 32 bits.
struct ZIP64Extra {
    private var values: UnsafeRawBufferPointer?

    init(_ extra: UnsafeRawBufferPointer) throws(Problem) {
        var position = 0
        while position < extra.count {
            guard let tag = extra.littleEndian(at: position, as: UInt16.self),
                let length = extra.littleEndian(at: position + 2, as: UInt16.self),
                let field = extra.slice(at: position + 4, count: Int(length))
            else { throw ZIPDirectory.malformed("a member's extra field is cut short") }
            if tag == 1 {
                guard values == nil else { throw ZIPDirectory.malformed("a member has two zip64 fields") }
                values = field
            }
            position += 4 + field.count
        }
    }

    /// The value of a header's field: its own, or the next one here when it is saturated; nil when it lacks.
    mutating func resolve(_ field: UInt32) -> Int? {
        guard field == .max else { return Int(field) }
        guard let values, let value = values.littleEndian(at: 0, as: UInt64.self) else { return nil }
        self.values = UnsafeRawBufferPointer(rebasing: values[8...])
        return Int(exactly: value)
    }
}
