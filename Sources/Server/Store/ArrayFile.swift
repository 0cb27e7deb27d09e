import Foundation
import Protocol

/// An array of a dataset as the `.npy` file that it is kept in, to be sent in whole or in part.
///
/// It stays readable when the dataset is deleted or replaced meanwhile.
public final class ArrayFile: Sendable {
    /// What the file holds.
    public let array: ArrayDescription
    /// The SHA-256 of the file, in hexadecimal; fit for an `ETag`.
    public let sha256: String
    /// The file's size in bytes, header included.
    public let count: Int
    /// Where the file is, as long as the dataset has it.
    let path: String
    private let descriptor: Int32

    init(path: String, array: ArrayDescription, sha256: String) throws {
        self.path = path
        self.array = array
        self.sha256 = sha256
        descriptor = try Files.open(path, O_RDONLY)
        do {
            count = try Files.size(descriptor)
        } catch {
            close(descriptor)
            throw error
        }
    }

    deinit { close(descriptor) }

    /// Reads up to `length` bytes from `offset`; fewer at the file's end alone.
    public func read(at offset: Int, count length: Int) throws(Problem) -> [UInt8] {
        do {
            return try Files.read(descriptor, at: offset, count: min(length, max(0, count - offset)))
        } catch {
            throw Problem(storing: error)
        }
    }
}
