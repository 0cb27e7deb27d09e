/// The arrays of a `.npz` file: a zip archive of `.npy` members, stored or deflated, as `numpy.savez` and
/// `numpy.savez_compressed` write it.
public struct NPZReader: ArraySource {
    /// The arrays, in the file's order.
    public let arrays: [ArrayDescription]
    private let members: [Member]

    private struct Member {
        let entry: ZIPDirectory.Entry
        let header: NPYHeader
    }

    /// The most bytes of a deflated Fortran-order array: to reorder it, it has to be in memory.
    private static let maximumTransposed = 256 << 20

    /// Unpacked size up to which a member may have any ratio.
    private static let alwaysUnpacked = 64 << 20

    /// Reads the directory and each member's header. The limits on sizes are checked before anything else is
    /// unpacked.
    /// - Throws: `.malformed` for a broken or ambiguous archive, `.unprocessable` for what is not accepted,
    ///   `.contentTooLarge` beyond the limits.
    public init(_ file: UnsafeRawBufferPointer, limits: ArrayLimits = .default) throws(Problem) {
        let entries = try ZIPDirectory(file, maximumEntries: limits.maximumArrays).entries
        var total = 0
        for entry in entries {
            let (sum, overflowed) = total.addingReportingOverflow(entry.uncompressedSize)
            guard !overflowed, sum <= limits.maximumBytes else {
                throw Problem(
                    .contentTooLarge, "The archive unpacks to more than \(limits.maximumBytes) bytes.")
            }
            total = sum
            guard
                entry.uncompressedSize <= Self.alwaysUnpacked
                    || entry.uncompressedSize / limits.maximumRatio <= entry.data.count
            else {
                throw Problem(
                    .contentTooLarge,
                    "The member '\(entry.name)' unpacks to more than \(limits.maximumRatio) times its size; "
                        + "send it with numpy.savez instead.")
            }
        }
        var arrays: [ArrayDescription] = []
        var members: [Member] = []
        for entry in entries {
            guard entry.name.hasSuffix(".npy") else {
                throw Problem(
                    .malformed,
                    "The archive has a member '\(entry.name.prefix(80))', which is not a .npy file.")
            }
            let header = try Self.inMember(entry) { () throws(Problem) in try Self.header(of: entry) }
            arrays.append(
                try ArrayDescription(name: String(entry.name.dropLast(4)), layout: header.layout))
            members.append(Member(entry: entry, header: header))
        }
        self.arrays = arrays
        self.members = members
    }

    /// Says in which member a problem lies.
    private static func inMember<Value>(
        _ entry: ZIPDirectory.Entry, _ body: () throws(Problem) -> Value
    ) throws(Problem) -> Value {
        do {
            return try body()
        } catch {
            throw Problem(
                error.kind, "Member '\(entry.name.prefix(80))': \(error.detail)", errors: error.errors)
        }
    }

    private static func header(of entry: ZIPDirectory.Entry) throws(Problem) -> NPYHeader {
        let header: NPYHeader
        if entry.isDeflated {
            header = try unpackedHeader(of: entry)
        } else {
            header = try NPYHeader(parsing: entry.data)
        }
        guard entry.uncompressedSize - header.dataOffset == header.layout.byteCount else {
            throw NPYHeader.malformed(
                "shape \(header.layout.shape) and dtype \(header.layout.dtype.rawValue) take "
                    + "\(header.layout.byteCount) bytes of data, but "
                    + "\(entry.uncompressedSize - header.dataOffset) follow the header")
        }
        guard !entry.isDeflated || !header.layout.isTransposed || header.layout.byteCount <= maximumTransposed
        else {
            throw Problem(
                .unprocessable,
                "A compressed array in Fortran order may take at most \(maximumTransposed) bytes; save "
                    + "numpy.ascontiguousarray(x), or use numpy.savez.")
        }
        return header
    }

    private static func unpackedHeader(of entry: ZIPDirectory.Entry) throws(Problem) -> NPYHeader {
        let inflater = try Inflater(entry.data)
        var bytes = [UInt8](repeating: 0, count: min(NPYHeader.preambleLength, entry.uncompressedSize))
        let length = try read(&bytes, from: 0, inflater) { prefix throws(Problem) in
            try NPYHeader.length(of: prefix)
        }
        guard length <= entry.uncompressedSize else { throw NPYHeader.malformed("its header is cut short") }
        let preamble = bytes.count
        bytes.append(contentsOf: repeatElement(0, count: max(0, length - preamble)))
        return try read(&bytes, from: preamble, inflater) { prefix throws(Problem) in
            try NPYHeader(parsing: prefix)
        }
    }

    /// Fills a buffer from an offset on, and looks at all of it.
    private static func read<Value>(
        _ bytes: inout [UInt8], from offset: Int, _ inflater: Inflater,
        _ body: (UnsafeRawBufferPointer) throws(Problem) -> Value
    ) throws(Problem) -> Value {
        let result = bytes.withUnsafeMutableBytes { buffer in
            Result { () throws(Problem) in
                let rest = UnsafeMutableRawBufferPointer(rebasing: buffer[offset...])
                guard try inflater.read(into: rest) == rest.count else {
                    throw ZIPDirectory.malformed("a member is shorter than the directory says")
                }
                return try body(UnsafeRawBufferPointer(buffer))
            }
        }
        return try result.get()
    }

    /// Writes every array, as `ArraySource` asks for.
    public func write(to sink: (_ array: Int, _ bytes: UnsafeRawBufferPointer) throws -> Void) throws {
        for index in members.indices { try write(index) { try sink(index, $0) } }
    }

    /// Writes one array, as `write(to:)` does.
    private func write(_ index: Int, to sink: (UnsafeRawBufferPointer) throws -> Void) throws {
        let member = members[index]
        let entry = member.entry
        if entry.isDeflated { return try unpack(member, to: sink) }
        guard crc32(entry.data) == entry.checksum else { throw checksumProblem(entry) }
        let elements = UnsafeRawBufferPointer(rebasing: entry.data[member.header.dataOffset...])
        try member.header.layout.writeCanonical(elements, to: sink)
    }

    /// One array in memory.
    /// - Parameter index: Its place in `arrays`.
    public func load(_ index: Int) throws -> NDArray {
        var bytes: [UInt8] = []
        try write(index) { bytes.append(contentsOf: $0) }
        return try NDArray(dtype: arrays[index].dtype, shape: arrays[index].shape, bytes: bytes)
    }

    /// One array's elements as floats. Those of `float32` are copied once.
    /// - Parameter index: Its place in `arrays`.
    public func loadFloats(_ index: Int) throws -> [Float] {
        let layout = members[index].header.layout
        guard layout.dtype == .float32 else { return try load(index).floats }
        return try [Float](unsafeUninitializedCapacity: layout.elementCount) { buffer, filled in
            let target = UnsafeMutableRawBufferPointer(buffer)
            var offset = 0
            try write(index) { piece in
                UnsafeMutableRawBufferPointer(rebasing: target[offset...]).copyMemory(from: piece)
                offset += piece.count
            }
            filled = offset / MemoryLayout<Float>.size
        }
    }

    /// One array's elements where they lie in the file, at any address, once their checksum is found right; nil where they
    /// are packed or not laid out as in memory.
    /// - Parameter index: Its place in `arrays`.
    public func elementsInPlace(_ index: Int) throws(Problem) -> UnsafeRawBufferPointer? {
        let (entry, header) = (members[index].entry, members[index].header)
        guard !entry.isDeflated, header.layout.isCanonical else { return nil }
        guard crc32(entry.data) == entry.checksum else { throw checksumProblem(entry) }
        return UnsafeRawBufferPointer(rebasing: entry.data[header.dataOffset...])
    }

    /// Unpacks a member piece by piece; one in Fortran order as a whole.
    private func unpack(_ member: Member, to sink: (UnsafeRawBufferPointer) throws -> Void) throws {
        let entry = member.entry
        let layout = member.header.layout
        let inflater = try Inflater(entry.data)
        let capacity = max(
            layout.isTransposed ? layout.byteCount : min(layout.byteCount, ArrayLayout.pieceSize),
            member.header.dataOffset)
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: max(capacity, 1), alignment: 16)
        defer { buffer.deallocate() }
        var checksum: UInt32 = 0
        func next(_ count: Int) throws(Problem) -> UnsafeRawBufferPointer {
            let piece = UnsafeMutableRawBufferPointer(rebasing: buffer[..<count])
            guard try inflater.read(into: piece) == count else {
                throw ZIPDirectory.malformed("member '\(entry.name)' is shorter than the directory says")
            }
            checksum = crc32(UnsafeRawBufferPointer(piece), seed: checksum)
            return UnsafeRawBufferPointer(piece)
        }
        _ = try next(member.header.dataOffset)
        if layout.isTransposed {
            try layout.writeCanonical(try next(layout.byteCount), to: sink)
        } else {
            var left = layout.byteCount
            while left > 0 {
                let bytes = try next(min(left, ArrayLayout.pieceSize))
                let part = try ArrayLayout(
                    dtype: layout.dtype, shape: [bytes.count / layout.dtype.size], bigEndian: layout.bigEndian
                )
                try part.writeCanonical(bytes, to: sink)
                left -= bytes.count
            }
        }
        var beyond: UInt8 = 0
        let extra = try withUnsafeMutableBytes(of: &beyond) { try inflater.read(into: $0) }
        guard extra == 0, inflater.isComplete else {
            throw ZIPDirectory.malformed("member '\(entry.name)' is longer than the directory says")
        }
        guard checksum == entry.checksum else { throw checksumProblem(entry) }
    }

    private func checksumProblem(_ entry: ZIPDirectory.Entry) -> Problem {
        ZIPDirectory.malformed("member '\(entry.name)' does not match its checksum")
    }
}
