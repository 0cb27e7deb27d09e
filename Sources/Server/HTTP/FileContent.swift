import Glibc
import Protocol

/// A part of a file, read piece by piece. It is open from the beginning, so that what is sent is whole even
/// when the file is removed meanwhile.
final class FileContent {
    private static let pieceSize = 64 << 10

    private let descriptor: Int32
    private var offset: Int
    private var rest: Int

    /// Opens the file; 500 when it is not there or shorter than `offset + count`.
    init(path: String, offset: Int, count: Int) throws(Problem) {
        self.offset = offset
        rest = count
        descriptor = open(path, O_RDONLY | O_CLOEXEC)
        var status = stat()
        guard descriptor >= 0, fstat(descriptor, &status) == 0, offset >= 0, count >= 0,
            offset <= Int(status.st_size), count <= Int(status.st_size) - offset
        else { throw Problem(.internalError, "The content cannot be read on the server.") }
    }

    deinit { if descriptor >= 0 { close(descriptor) } }

    /// The next piece, or nil behind the last. Throws when the file has become shorter.
    func next() throws(Problem) -> [UInt8]? {
        guard rest > 0 else { return nil }
        let wanted = min(rest, Self.pieceSize)
        let piece = [UInt8](unsafeUninitializedCapacity: wanted) { buffer, count in
            count = max(0, pread(descriptor, buffer.baseAddress, wanted, offset))
        }
        guard !piece.isEmpty else {
            throw Problem(.internalError, "The content cannot be read on the server.")
        }
        offset += piece.count
        rest -= piece.count
        return piece
    }
}
