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
    private var descriptor: Int32?
    private let hash = FileHash()
    private var early = EarlySync(step: 8 << 20)
    private var adopted = false
    /// The SHA-256 of a whole content, which is on the disk.
    private var digest: String?

    init(path: String) throws {
        self.path = path
        descriptor = try Files.open(path, O_RDWR | O_CREAT | O_EXCL | O_APPEND)
    }

    deinit {
        hash.abandon()
        suspend()
        if !adopted { unlink(path) }
    }

    func write(_ bytes: UnsafeRawBufferPointer) throws {
        let descriptor = try opened()
        try Files.write(bytes, to: descriptor)
        hash.wrote(bytes, to: descriptor)
        count += bytes.count
        early.begin(descriptor, upTo: count)
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
        // Somebody waits for it.
        let step = 1 << 20
        var early = EarlySync(step: step)
        var count = 0
        try content { piece in
            for start in stride(from: 0, to: piece.count, by: step) {
                let end = min(start + step, piece.count)
                try Files.write(UnsafeRawBufferPointer(rebasing: piece[start..<end]), to: descriptor)
                count += end - start
                early.begin(descriptor, upTo: count)
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
        hash.settle()
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
        return try finishUnsynced()
    }

    /// The SHA-256 of a file that is not kept.
    func finishUnsynced() throws -> String {
        defer { suspend() }
        return try hash.finalize(try opened())
    }

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

/// Has the disk work while a file is still written, rather than all at the end.
private struct EarlySync {
    /// After how many bytes it is told again.
    let step: Int
    private var begun = 0

    init(step: Int) { self.step = step }

    mutating func begin(_ descriptor: Int32, upTo count: Int) {
        guard count - begun >= step else { return }
        Files.beginSync(descriptor, from: begun, count: count - begun)
        begun = count
    }
}
