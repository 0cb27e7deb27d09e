import Foundation

// Unchecked, because the memory is only read, and unmapped by the last owner alone.
/// A file's bytes in memory, read in page by page as they are used. The file may be removed meanwhile.
public final class MappedFile: @unchecked Sendable {
    /// The bytes; valid as long as this lives, which `withExtendedLifetime` makes sure of.
    public let bytes: UnsafeRawBufferPointer

    /// Maps a file that nobody shortens.
    init(path: String) throws {
        let descriptor = try Files.open(path, O_RDONLY)
        defer { close(descriptor) }
        bytes = try Self.map(descriptor)
    }

    /// Maps an open file.
    init(descriptor: Int32) throws {
        bytes = try Self.map(descriptor)
    }

    deinit {
        if let address = bytes.baseAddress { munmap(UnsafeMutableRawPointer(mutating: address), bytes.count) }
    }

    /// Calls `body` with the bytes.
    func withBytes<Value, Failure: Error>(
        _ body: (UnsafeRawBufferPointer) throws(Failure) -> Value
    ) throws(Failure) -> Value {
        try withExtendedLifetime(self) { () throws(Failure) in try body(bytes) }
    }

    private static func map(_ descriptor: Int32) throws -> UnsafeRawBufferPointer {
        let count = try Files.size(descriptor)
        // mmap refuses an empty range.
        guard count > 0 else { return UnsafeRawBufferPointer(start: nil, count: 0) }
        guard let address = mmap(nil, count, PROT_READ, MAP_PRIVATE, descriptor, 0), address != MAP_FAILED
        else {
            throw SystemError("map a file")
        }
        return UnsafeRawBufferPointer(start: address, count: count)
    }
}
