import Dispatch
import Foundation
import Protocol
import Synchronization

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
    /// The same of a whole content, which somebody waits for.
    private static let wholeBeginStep = 1 << 20
    private var descriptor: Int32?
    private let hash = SHA256()
    private var adopted = false
    /// The SHA-256 of a whole content, which is on the disk.
    private var digest: String?

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

    /// Writes a whole content that can be given twice, and brings it to the disk: one thread hashes it while another
    /// writes it and waits for the disk.
    /// - Parameter content: Gives a sink the content, piece by piece; called on two threads at once.
    func write(_ content: @Sendable (_ sink: @escaping Sink) throws -> Void) throws {
        let descriptor = try opened()
        let outcome = Mutex<(digest: Result<String, any Error>?, count: Result<Int, any Error>?)>((nil, nil))
        withoutActuallyEscaping(content) { content in
            DispatchQueue.concurrentPerform(iterations: 2) { part in
                if part == 0 {
                    let digest = Result { try Self.digest(of: content) }
                    outcome.withLock { $0.digest = digest }
                } else {
                    let count = Result { try Self.write(content, to: descriptor) }
                    outcome.withLock { $0.count = count }
                }
            }
        }
        let (digest, count) = outcome.withLock { ($0.digest, $0.count) }
        self.count = try count?.get() ?? 0
        self.digest = try digest?.get()
    }

    /// Takes in a piece.
    typealias Sink = (UnsafeRawBufferPointer) throws -> Void

    private static func digest(of content: (@escaping Sink) throws -> Void) throws -> String {
        let hash = SHA256()
        try content { hash.update($0) }
        return hash.finalize()
    }

    /// - Returns: How many bytes there are, when they are on the disk.
    private static func write(_ content: (@escaping Sink) throws -> Void, to descriptor: Int32) throws -> Int
    {
        var (count, begun) = (0, 0)
        try content { piece in
            for start in stride(from: 0, to: piece.count, by: wholeBeginStep) {
                let end = min(start + wholeBeginStep, piece.count)
                try Files.write(UnsafeRawBufferPointer(rebasing: piece[start..<end]), to: descriptor)
                count += end - start
                guard count - begun >= wholeBeginStep else { continue }
                Files.beginSync(descriptor, from: begun, count: count - begun)
                begun = count
            }
        }
        try Files.sync(descriptor)
        return count
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
        if let digest {
            suspend()
            return digest
        }
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
