import CZlib

/// Puts the content coding gzip (RFC 1952) on bytes.
///
/// Not thread-safe: belongs to one content.
final class GzipDeflater {
    // zlib keeps a pointer back to its stream, so that this stays where it is.
    private let stream: UnsafeMutablePointer<z_stream>

    /// A deflater; nil when memory is short. For a stream that lives long it takes 40 KiB of memory instead
    /// of 260 KiB, and compresses somewhat less.
    init?(isLongLived: Bool) {
        stream = .allocate(capacity: 1)
        stream.initialize(to: z_stream())
        // The bits of the window, and 16 for the gzip wrapping.
        let status = deflateInit2_(
            stream, isLongLived ? 6 : 4, Z_DEFLATED, (isLongLived ? 12 : 15) + 16, isLongLived ? 5 : 8,
            Z_DEFAULT_STRATEGY, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
        guard status == Z_OK else {
            stream.deallocate()
            return nil
        }
    }

    deinit {
        deflateEnd(stream)
        stream.deallocate()
    }

    /// The compressed form of bytes, complete so far: a reader can inflate all of it at once.
    func compress(_ bytes: [UInt8]) -> [UInt8] { deflate(bytes, flush: Z_SYNC_FLUSH) }

    /// The compressed form of the last bytes, with the end of the gzip stream.
    func finish(_ bytes: [UInt8] = []) -> [UInt8] { deflate(bytes, flush: Z_FINISH) }

    private func deflate(_ bytes: [UInt8], flush: Int32) -> [UInt8] {
        var output: [UInt8] = []
        bytes.withUnsafeBufferPointer { input in
            // zlib counts in 32 bits.
            var rest = input[...]
            repeat {
                let part = UnsafeBufferPointer(rebasing: rest.prefix(1 << 30))
                rest = rest.dropFirst(part.count)
                stream.pointee.next_in = UnsafeMutablePointer(mutating: part.baseAddress)
                stream.pointee.avail_in = UInt32(clamping: part.count)
                drain(rest.isEmpty ? flush : Z_NO_FLUSH, into: &output)
            } while !rest.isEmpty
        }
        return output
    }

    private func drain(_ flush: Int32, into output: inout [UInt8]) {
        let size = min(max(Int(stream.pointee.avail_in) / 2, 256), 64 << 10)
        repeat {
            output += [UInt8](unsafeUninitializedCapacity: size) { buffer, count in
                stream.pointee.next_out = buffer.baseAddress
                stream.pointee.avail_out = UInt32(clamping: size)
                _ = CZlib.deflate(stream, flush)
                count = size - Int(stream.pointee.avail_out)
            }
        } while stream.pointee.avail_out == 0
    }
}
