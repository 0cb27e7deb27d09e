import Dispatch
import Foundation
import Protocol
import Synchronization

/// The SHA-256 of a file while it is written. What goes beyond a first part is read back and hashed on another thread,
/// beside the writing of what follows; it takes a buffer, however far behind it is.
///
/// One task or thread at a time uses it.
final class FileHash: Sendable {
    private struct State {
        var written = 0
        var hashed = 0
        var isFollowing = false
        var failure: (any Error)?
    }

    /// Used by the queue while the hash follows, otherwise by who uses it.
    private final class Digest: @unchecked Sendable {
        let hash = SHA256()
    }

    private let digest = Digest()
    private let state = Mutex(State())
    private let queue = queues[last.add(1, ordering: .relaxed).newValue % queues.count]

    /// How far behind the writing it may be before another thread follows.
    private static let lag = 1 << 20
    private static let bufferSize = 256 << 10
    private static let queues = (0..<max(2, ProcessInfo.processInfo.activeProcessorCount)).map {
        DispatchQueue(label: "fitd.store.hash.\($0)")
    }
    private static let last = Atomic(0)

    /// Takes note of bytes that have been written behind those before.
    /// - Parameter descriptor: The file, open until `settle` or `finalize`.
    func wrote(_ bytes: UnsafeRawBufferPointer, to descriptor: Int32) {
        let (isFirst, follows) = state.withLock { state in
            let isFirst = state.hashed == state.written && state.written + bytes.count <= Self.lag
            state.written += bytes.count
            if isFirst { state.hashed = state.written }
            let follows = !state.isFollowing && state.written - state.hashed >= Self.lag
            if follows { state.isFollowing = true }
            return (isFirst, follows)
        }
        if isFirst { digest.hash.update(bytes) }
        if follows { queue.async { self.follow(descriptor) } }
    }

    /// Ends without a digest.
    func abandon() { state.withLock { $0.failure = $0.failure ?? CancellationError() } }

    /// Waits until nothing is read any more.
    func settle() {
        if state.withLock({ $0.isFollowing }) { queue.sync {} }
    }

    /// The digest of all that was written, in hexadecimal.
    func finalize(_ descriptor: Int32) throws -> String {
        settle()
        follow(descriptor)
        if let failure = state.withLock({ $0.failure }) { throw failure }
        return digest.hash.finalize()
    }

    /// Hashes what has been written and is not hashed yet.
    private func follow(_ descriptor: Int32) {
        while true {
            let next = state.withLock { state in
                state.isFollowing = state.hashed < state.written && state.failure == nil
                return state.isFollowing ? (state.hashed, state.written - state.hashed) : nil
            }
            guard let (place, count) = next else { return }
            do {
                let bytes = try Files.read(descriptor, at: place, count: min(count, Self.bufferSize))
                guard !bytes.isEmpty else { throw SystemError("read a file back", code: EIO) }
                digest.hash.update(bytes)
                state.withLock { $0.hashed += bytes.count }
            } catch {
                state.withLock { $0.failure = error }
            }
        }
    }
}
