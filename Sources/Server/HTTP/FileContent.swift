import Glibc
import Protocol

/// A part of a file. It is open from the beginning, so that what is sent is whole even when the file is
/// removed meanwhile.
final class FileContent: Sendable {
    private static let pieceSize = 64 << 10

    private let descriptor: Int32
    private let offset: Int
    /// The bytes of the part.
    let count: Int

    /// Opens the file; 500 when it is not there or shorter than `offset + count`.
    init(path: String, offset: Int, count: Int) throws(Problem) {
        self.offset = offset
        self.count = count
        descriptor = open(path, O_RDONLY | O_CLOEXEC)
        var status = stat()
        guard descriptor >= 0, fstat(descriptor, &status) == 0, offset >= 0, count >= 0,
            offset <= Int(status.st_size), count <= Int(status.st_size) - offset
        else { throw Problem(.internalError, "The content cannot be read on the server.") }
    }

    deinit { if descriptor >= 0 { close(descriptor) } }

    /// The next bytes from a position below `count`. Throws when the file has become shorter.
    func piece(at position: Int) throws(Problem) -> [UInt8] {
        let wanted = min(count - position, Self.pieceSize)
        let piece = [UInt8](unsafeUninitializedCapacity: wanted) { buffer, filled in
            filled = max(0, pread(descriptor, buffer.baseAddress, wanted, offset + position))
        }
        guard !piece.isEmpty else {
            throw Problem(.internalError, "The content cannot be read on the server.")
        }
        return piece
    }
}
