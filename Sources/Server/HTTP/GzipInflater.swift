import CZlib
import Protocol

/// Takes the content coding gzip (RFC 1952) off bytes as they come, a bounded piece at a time: what a few
/// bytes inflate to never stands in memory whole.
///
/// Not thread-safe: belongs to one content.
final class GzipInflater {
    private static let pieceSize = 64 << 10

    // zlib keeps a pointer back to its stream, so that this stays where it is.
    private let stream: UnsafeMutablePointer<z_stream>
    private var input: ArraySlice<UInt8> = []
    private var isBetweenMembers = false
    private var isOpen: Bool

    init() {
        stream = .allocate(capacity: 1)
        stream.initialize(to: z_stream())
        // 15 bits of window, and 16 for the gzip wrapping alone.
        isOpen =
            inflateInit2_(stream, 15 + 16, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size)) == Z_OK
    }

    deinit {
        if isOpen { inflateEnd(stream) }
        stream.deinitialize(count: 1)
        stream.deallocate()
    }

    /// Whether the bytes so far are whole gzip members.
    var isComplete: Bool { isBetweenMembers && input.isEmpty }

    /// Takes compressed bytes; what they hold comes out of ``next()``.
    func supply(_ bytes: [UInt8]) {
        input = input.isEmpty ? bytes[...] : input + bytes
    }

    /// The next piece, or nil when more has to be supplied first.
    func next() throws(Problem) -> [UInt8]? {
        guard isOpen else { throw Problem(.unavailable, "There is no memory to inflate the content with.") }
        while true {
            if isBetweenMembers {
                guard !input.isEmpty else { return nil }
                // RFC 1952, 2.2: a gzip file is one member or more.
                inflateReset(stream)
                isBetweenMembers = false
            }
            var status = Z_OK
            let piece = [UInt8](unsafeUninitializedCapacity: Self.pieceSize) { buffer, count in
                status = inflateOnce(into: buffer)
                count = buffer.count - Int(stream.pointee.avail_out)
            }
            switch status {
            case Z_OK, Z_BUF_ERROR: break
            case Z_STREAM_END: isBetweenMembers = true
            default: throw Problem(.malformed, "The content is not gzip, as Content-Encoding says it is.")
            }
            if !piece.isEmpty { return piece }
            if status != Z_STREAM_END { return nil }
        }
    }

    private func inflateOnce(into buffer: UnsafeMutableBufferPointer<UInt8>) -> Int32 {
        let (status, rest) = input.withUnsafeBufferPointer { bytes in
            stream.pointee.next_in = UnsafeMutablePointer(mutating: bytes.baseAddress)
            stream.pointee.avail_in = UInt32(clamping: bytes.count)
            stream.pointee.next_out = buffer.baseAddress
            stream.pointee.avail_out = UInt32(clamping: buffer.count)
            return (inflate(stream, Z_NO_FLUSH), Int(stream.pointee.avail_in))
        }
        input = input.suffix(rest)
        return status
    }
}
