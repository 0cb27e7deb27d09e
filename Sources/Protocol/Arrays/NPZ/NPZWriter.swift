/// Writes arrays as a `.npz` file with stored members, which `numpy.load` reads. The same arrays give the same
/// bytes: every member is dated 1980-01-01, as NumPy dates it.
public struct NPZWriter {
    private let sink: (UnsafeRawBufferPointer) throws -> Void
    private var directory: [UInt8] = []
    private var entryCount = 0
    private var position = 0

    /// A writer that hands the file's bytes to a sink, in order; they are valid during the call alone.
    public init(to sink: @escaping (UnsafeRawBufferPointer) throws -> Void) {
        self.sink = sink
    }

    /// Bytes that the file of some arrays takes, for `Content-Length`.
    public static func byteCount(of arrays: [ArrayDescription]) -> Int {
        var position = 0
        var directory = 0
        for array in arrays {
            let size = NPYHeader.encoded(dtype: array.dtype, shape: array.shape).count + array.byteCount
            let member = ZIPMember(name: array.name, checksum: 0, size: size, offset: position)
            position += member.localHeader.count + size
            directory += member.directoryRecord.count
        }
        return position + directory
            + ZIPMember.endRecord(count: arrays.count, size: directory, offset: position).count
    }

    /// Writes one array.
    /// - `elements`: Its elements in little-endian C order. They are read twice, because a member's
    ///   checksum stands before it.
    /// - Throws: `.malformed` when `elements` has another length than shape and dtype say, and what the sink
    ///   throws.
    public mutating func append(
        name: String, dtype: DType, shape: [Int], elements: UnsafeRawBufferPointer
    ) throws {
        let layout = try ArrayLayout(dtype: dtype, shape: shape)
        guard elements.count == layout.byteCount else {
            throw Problem(.malformed, "'\(name)' takes \(layout.byteCount) bytes, not \(elements.count).")
        }
        let header = NPYHeader.encoded(dtype: dtype, shape: shape)
        let checksum = crc32(elements, seed: header.withUnsafeBytes { crc32($0) })
        let member = ZIPMember(
            name: name, checksum: checksum, size: header.count + elements.count, offset: position)
        try send(member.localHeader)
        try send(header)
        try sink(elements)
        position += elements.count
        directory.append(contentsOf: member.directoryRecord)
        entryCount += 1
    }

    /// Writes one array.
    public mutating func append(name: String, _ array: NDArray) throws {
        try array.bytes.withUnsafeBytes {
            try append(name: name, dtype: array.dtype, shape: array.shape, elements: $0)
        }
    }

    /// Writes the directory, which ends the file.
    public mutating func finish() throws {
        let end = ZIPMember.endRecord(count: entryCount, size: directory.count, offset: position)
        try send(directory)
        try send(end)
    }

    private mutating func send(_ bytes: [UInt8]) throws {
        try bytes.withUnsafeBytes { try sink($0) }
        position += bytes.count
    }
}

/// The records around a stored member; sizes and places beyond 32 bits go to zip64 fields.
private struct ZIPMember {
    let name: String
    let checksum: UInt32
    let size: Int
    let offset: Int

    private var fileName: [UInt8] { Array("\(name).npy".utf8) }
    private var isWide: Bool { size >= 0xFFFF_FFFF }
    private var isFar: Bool { offset >= 0xFFFF_FFFF }

    /// Version needed, flags, method, time, date, checksum, sizes.
    private func common(version: UInt16) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.appendLittleEndian(version)
        bytes.appendLittleEndian(UInt16(fileName.allSatisfy { $0 < 0x80 } ? 0 : 0x800))
        bytes.appendLittleEndian(UInt16(0))
        bytes.appendLittleEndian(UInt16(0))
        bytes.appendLittleEndian(UInt16(1 << 5 | 1))
        bytes.appendLittleEndian(checksum)
        for _ in 0..<2 { bytes.appendLittleEndian(UInt32(clamping: size)) }
        bytes.appendLittleEndian(UInt16(clamping: fileName.count))
        return bytes
    }

    private func extra(_ values: [Int]) -> [UInt8] {
        if values.isEmpty { return [] }
        var bytes: [UInt8] = []
        bytes.appendLittleEndian(UInt16(1))
        bytes.appendLittleEndian(UInt16(8 * values.count))
        for value in values { bytes.appendLittleEndian(UInt64(value)) }
        return bytes
    }

    var localHeader: [UInt8] {
        let extra = extra(isWide ? [size, size] : [])
        var bytes: [UInt8] = [0x50, 0x4B, 3, 4] + common(version: isWide ? 45 : 20)
        bytes.appendLittleEndian(UInt16(extra.count))
        return bytes + fileName + extra
    }

    var directoryRecord: [UInt8] {
        let extra = extra((isWide ? [size, size] : []) + (isFar ? [offset] : []))
        let version: UInt16 = isWide || isFar ? 45 : 20
        var bytes: [UInt8] = [0x50, 0x4B, 1, 2]
        bytes.appendLittleEndian(3 << 8 | version)
        bytes += common(version: version)
        bytes.appendLittleEndian(UInt16(extra.count))
        for _ in 0..<3 { bytes.appendLittleEndian(UInt16(0)) }
        bytes.appendLittleEndian(UInt32(0o600 << 16))
        bytes.appendLittleEndian(UInt32(clamping: offset))
        return bytes + fileName + extra
    }

    static func endRecord(count: Int, size: Int, offset: Int) -> [UInt8] {
        var bytes: [UInt8] = []
        if count >= 0xFFFF || size >= 0xFFFF_FFFF || offset >= 0xFFFF_FFFF {
            bytes = [0x50, 0x4B, 6, 6]
            bytes.appendLittleEndian(UInt64(ZIPEndRecord.zip64Length - 12))
            for version in [45, 45] as [UInt16] { bytes.appendLittleEndian(version) }
            bytes.appendLittleEndian(UInt64(0))
            for value in [count, count, size, offset] { bytes.appendLittleEndian(UInt64(value)) }
            bytes += [0x50, 0x4B, 6, 7, 0, 0, 0, 0]
            bytes.appendLittleEndian(UInt64(offset + size))
            bytes.appendLittleEndian(UInt32(1))
        }
        bytes += [0x50, 0x4B, 5, 6, 0, 0, 0, 0]
        for _ in 0..<2 { bytes.appendLittleEndian(UInt16(clamping: count)) }
        bytes.appendLittleEndian(UInt32(clamping: size))
        bytes.appendLittleEndian(UInt32(clamping: offset))
        bytes.appendLittleEndian(UInt16(0))
        return bytes
    }
}
