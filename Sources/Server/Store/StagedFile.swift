import Foundation
import Protocol

/// A file in the making: written and hashed piece by piece in the store's temporary directory, and gone
/// again unless it is adopted.
///
/// One task or thread at a time uses it.
final class StagedFile {
    let path: String
    private(set) var count = 0
    /// How much of it is on its way to the disk.
    private var begun = 0
    private static let beginStep = 8 << 20
    private var descriptor: Int32?
    private let hash = SHA256()
    private var adopted = false

    init(path: String) throws {
        self.path = path
        descriptor = try Files.open(path, O_RDWR | O_CREAT | O_EXCL | O_APPEND)
    }

    deinit {
        suspend()
        if !adopted { unlink(path) }
    }

    func write(_ bytes: UnsafeRawBufferPointer) throws {
        hash.update(bytes)
        let descriptor = try opened()
        try Files.write(bytes, to: descriptor)
        count += bytes.count
        // The disk works while the rest is on its way, rather than all at the end.
        guard count - begun >= Self.beginStep else { return }
        Files.beginSync(descriptor, from: begun, count: count - begun)
        begun = count
    }

    func write(_ bytes: [UInt8]) throws {
        try bytes.withUnsafeBytes { try write($0) }
    }

    /// Lets go of the descriptor until the next use, for those who write many files in turns.
    func suspend() {
        if let descriptor { close(descriptor) }
        descriptor = nil
    }

    /// What was written so far, in memory.
    func map() throws -> MappedFile { try MappedFile(descriptor: try opened()) }

    /// Ends the writing: the content is on the disk.
    /// - Returns: Its SHA-256, in hexadecimal.
    func finish() throws -> String {
        try Files.sync(try opened())
        suspend()
        return hash.finalize()
    }

    /// The SHA-256 of a file that is not kept.
    func finishUnsynced() -> String { hash.finalize() }

    /// Puts the file in its place; the directory there is still to be synced.
    func adopt(as destination: String) throws {
        try Files.rename(path, destination)
        adopted = true
    }

    private func opened() throws -> Int32 {
        if let descriptor { return descriptor }
        let opened = try Files.open(path, O_RDWR | O_APPEND)
        descriptor = opened
        return opened
    }
}
