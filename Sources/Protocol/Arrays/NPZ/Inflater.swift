import CZlib

/// Unpacks one raw deflate stream (RFC 1951), a buffer at a time.
final class Inflater {
    // zlib keeps a pointer back to its stream, so that must not move.
    private let stream: UnsafeMutablePointer<z_stream>
    private let input: UnsafeRawBufferPointer
    private var consumed = 0
    private var ended = false

    init(_ input: UnsafeRawBufferPointer) throws(Problem) {
        self.input = input
        stream = .allocate(capacity: 1)
        stream.initialize(to: z_stream())
        guard inflateInit2_(stream, -15, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size)) == Z_OK else {
            throw Problem(.unavailable, "There is no memory to unpack the file; try again later.")
        }
    }

    deinit {
        inflateEnd(stream)
        stream.deallocate()
    }

    /// Whether the stream has ended and nothing is left of the input.
    var isComplete: Bool { ended && consumed == input.count }

    /// Fills a buffer with the next bytes.
    /// - Returns: How many there were: fewer than asked only at the stream's end.
    /// - Throws: `.malformed` for a stream that is broken or cut short.
    func read(into output: UnsafeMutableRawBufferPointer) throws(Problem) -> Int {
        var filled = 0
        while filled < output.count, !ended {
            let offered = min(input.count - consumed, 1 << 30)
            let room = min(output.count - filled, 1 << 30)
            stream.pointee.next_in = UnsafeMutablePointer(
                mutating: input.baseAddress?.advanced(by: consumed).assumingMemoryBound(to: UInt8.self))
            stream.pointee.avail_in = UInt32(offered)
            stream.pointee.next_out = output.baseAddress?.advanced(by: filled).assumingMemoryBound(
                to: UInt8.self)
            stream.pointee.avail_out = UInt32(room)
            let status = inflate(stream, Z_NO_FLUSH)
            consumed += offered - Int(stream.pointee.avail_in)
            filled += room - Int(stream.pointee.avail_out)
            ended = status == Z_STREAM_END
            guard status == Z_OK || ended else {
                throw Problem(.malformed, "The archive has deflated data that is broken or cut short.")
            }
        }
        return filled
    }
}

/// The checksum of zip files (ISO 3309), carried on from `seed`.
func crc32(_ bytes: UnsafeRawBufferPointer, seed: UInt32 = 0) -> UInt32 {
    UInt32(crc32_z(UInt(seed), bytes.baseAddress?.assumingMemoryBound(to: UInt8.self), bytes.count))
}
