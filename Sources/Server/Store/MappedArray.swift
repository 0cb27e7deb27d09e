import Foundation
import Protocol

/// An array of a dataset, memory-mapped: little-endian, C order, elements at a multiple of 64 bytes.
public final class MappedArray: Sendable {
    /// The elements' type.
    public let dtype: DType
    /// The sizes of the dimensions.
    public let shape: [Int]
    private let file: MappedFile
    private let offset: Int

    /// Maps a `.npy` file of the store's own writing.
    init(path: String) throws {
        file = try MappedFile(path: path)
        let header = try NPYHeader(parsing: file.bytes)
        guard file.bytes.count - header.dataOffset == header.layout.byteCount else {
            throw Problem(.internalError, "The store holds a damaged array.")
        }
        (dtype, shape) = (header.layout.dtype, header.layout.shape)
        offset = header.dataOffset
    }

    /// The elements' bytes; valid as long as this lives, which `withExtendedLifetime` makes sure of.
    public var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(rebasing: file.bytes[offset...]) }
}
