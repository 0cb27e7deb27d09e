/// The members of a zip archive (PKWARE's APPNOTE), found by its central directory and held against every
/// local header.
///
/// Archives that could be read in two ways are refused: members have to lie end to end from the first byte
/// up to the directory, which has to lie right before the one end record, which has to end the file.
struct ZIPDirectory {
    /// One member.
    struct Entry {
        let name: String
        let isDeflated: Bool
        let checksum: UInt32
        let uncompressedSize: Int
        /// The member's bytes as they are stored.
        let data: UnsafeRawBufferPointer
    }

    private(set) var entries: [Entry] = []

    init(_ file: UnsafeRawBufferPointer, maximumEntries: Int) throws(Problem) {
        let end = try ZIPEndRecord(file)
        guard end.entryCount <= maximumEntries else {
            throw Problem(
                .contentTooLarge,
                "The archive has \(end.entryCount) members; at most \(maximumEntries) are accepted.")
        }
        var records: [ZIPRecord] = []
        var position = end.directoryOffset
        for _ in 0..<end.entryCount {
            let record = try ZIPRecord(file, at: position, directoryEnd: end.directoryEnd)
            records.append(record)
            position = record.recordEnd
        }
        guard position == end.directoryEnd else {
            throw Self.malformed("its directory has another length than its end record says")
        }
        try checkTiling(records, file: file, directoryOffset: end.directoryOffset)
        for record in records { entries.append(try record.entry(in: file)) }
    }

    /// Checks that the members fill the file up to the directory without gap or overlap.
    private func checkTiling(
        _ records: [ZIPRecord], file: UnsafeRawBufferPointer, directoryOffset: Int
    ) throws(Problem) {
        let ordered = records.sorted { $0.headerOffset < $1.headerOffset }
        var position = 0
        for (index, record) in ordered.enumerated() {
            guard record.headerOffset == position else {
                throw Self.malformed("its members overlap, or there are bytes between them")
            }
            position = index + 1 < ordered.count ? ordered[index + 1].headerOffset : directoryOffset
            try record.checkLocalHeader(in: file, end: position)
        }
        guard position == directoryOffset else {
            throw Self.malformed("there are bytes before its directory that belong to no member")
        }
    }

    static func malformed(_ detail: String) -> Problem {
        Problem(.malformed, "The archive is broken: \(detail).")
    }
}

/// The end of a zip archive: where its directory is, and how many members it lists.
struct ZIPEndRecord {
    let entryCount: Int
    let directoryOffset: Int
    let directoryEnd: Int

    static let length = 22
    static let zip64Length = 56
    static let locatorLength = 20

    init(_ file: UnsafeRawBufferPointer) throws(Problem) {
        let start = file.count - Self.length
        guard let record = file.slice(at: start, count: Self.length),
            record.littleEndian(at: 0, as: UInt32.self) == 0x0605_4B50,
            record.littleEndian(at: 20, as: UInt16.self) == 0
        else {
            throw ZIPDirectory.malformed(
                "it does not end with its end record (it is cut short, or has a comment or bytes behind it)")
        }
        var fields = Fields(
            disks: record.littleEndian(at: 4, as: UInt32.self) ?? 0,
            entriesHere: UInt64(record.littleEndian(at: 8, as: UInt16.self) ?? 0),
            entries: UInt64(record.littleEndian(at: 10, as: UInt16.self) ?? 0),
            size: UInt64(record.littleEndian(at: 12, as: UInt32.self) ?? 0),
            offset: UInt64(record.littleEndian(at: 16, as: UInt32.self) ?? 0))
        var directoryEnd = start
        if let (wide, position) = try Self.zip64(file, before: start) {
            guard fields.agrees(with: wide) else {
                throw ZIPDirectory.malformed("its two end records disagree")
            }
            fields = wide
            directoryEnd = position
        }
        guard fields.disks == 0, fields.entriesHere == fields.entries,
            let entryCount = Int(exactly: fields.entries), let size = Int(exactly: fields.size),
            let offset = Int(exactly: fields.offset), size <= directoryEnd, offset == directoryEnd - size,
            entryCount <= size / ZIPRecord.fixedLength
        else {
            throw ZIPDirectory.malformed("its end record does not fit its directory")
        }
        self.entryCount = entryCount
        self.directoryOffset = offset
        self.directoryEnd = directoryEnd
    }

    private struct Fields {
        var disks: UInt32
        var entriesHere: UInt64
        var entries: UInt64
        var size: UInt64
        var offset: UInt64

        /// Whether the 32-bit record says the same as the 64-bit one, or leaves the word to it.
        func agrees(with wide: Fields) -> Bool {
            (entriesHere == wide.entriesHere || entriesHere == 0xFFFF)
                && (entries == wide.entries || entries == 0xFFFF)
                && (size == wide.size || size == 0xFFFF_FFFF)
                && (offset == wide.offset || offset == 0xFFFF_FFFF)
                && (disks == 0 || disks == 0xFFFF_FFFF)
        }
    }

    /// The zip64 end record and its position, where the archive has one.
    private static func zip64(
        _ file: UnsafeRawBufferPointer, before end: Int
    ) throws(Problem) -> (fields: Fields, position: Int)? {
        guard let locator = file.slice(at: end - locatorLength, count: locatorLength),
            locator.littleEndian(at: 0, as: UInt32.self) == 0x0706_4B50
        else { return nil }
        let position = end - locatorLength - zip64Length
        guard let record = file.slice(at: position, count: zip64Length),
            record.littleEndian(at: 0, as: UInt32.self) == 0x0606_4B50,
            record.littleEndian(at: 4, as: UInt64.self) == UInt64(zip64Length - 12),
            locator.littleEndian(at: 4, as: UInt32.self) == 0,
            locator.littleEndian(at: 8, as: UInt64.self) == UInt64(position),
            locator.littleEndian(at: 16, as: UInt32.self) ?? 0 <= 1,
            record.littleEndian(at: 16, as: UInt64.self) == 0
        else {
            throw ZIPDirectory.malformed("its zip64 end record is not where its locator says")
        }
        let fields = Fields(
            disks: 0,
            entriesHere: record.littleEndian(at: 24, as: UInt64.self) ?? 0,
            entries: record.littleEndian(at: 32, as: UInt64.self) ?? 0,
            size: record.littleEndian(at: 40, as: UInt64.self) ?? 0,
            offset: record.littleEndian(at: 48, as: UInt64.self) ?? 0)
        return (fields, position)
    }
}
