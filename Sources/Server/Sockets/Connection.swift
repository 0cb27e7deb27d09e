import Dispatch
import Glibc
import Synchronization

/// One accepted socket: bytes in, bytes out, each only as fast as the other side takes them.
///
/// Everything runs on one serial queue, for the connection's life. No more than 64 KiB are read that nobody has asked for,
/// so that the sender of a content is held back by TCP while its reader is busy; a reader that empties a full inbox again
/// and again gets up to 1 MiB at a time. With TLS the same calls carry plaintext.
actor Connection {
    /// What a read came to.
    enum Arrival: Sendable {
        case bytes([UInt8])
        /// The client sends no more; it may still read.
        case end
        case timedOut
        /// The connection is broken or was closed here.
        case gone
    }

    private enum Wake { case ready, timedOut }
    private enum Ending { case end, gone }

    private static let inboxLimits = DescriptorPoller.receiveLimit...(1 << 20)
    private static let pieceSize = 256 << 10
    /// Bytes that TLS has to say and the client does not take.
    private static let mostUntaken = 1 << 20
    /// Bytes of TLS records in a row that hold nothing for a reader.
    private static let mostEmpty = 256 << 10
    private static let never = UInt64.max

    nonisolated let executor: SerialQueueExecutor
    nonisolated let remoteAddress: SocketAddress
    nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    private let descriptor: Int32
    private let tls: TLSSession?
    private let onClose: @Sendable () -> Void
    private var onGone: (@Sendable () -> Void)?
    /// Entered by each source, and left when it has closed its descriptor.
    private let descriptors = DispatchGroup()

    private var readSource: PolledDescriptor?
    private var reader: CheckedContinuation<Wake, Never>?
    private var inbox: [UInt8] = []
    private var inboxLimit = Connection.inboxLimits.lowerBound
    private var ending: Ending?
    private var emptyBytes = 0

    private var writeSource: PolledDescriptor?
    private var writer: CheckedContinuation<Wake, Never>?
    private var writersInLine: [CheckedContinuation<Void, Never>] = []
    private var isWriting = false
    private var outbox: ArraySlice<UInt8> = []

    private let closed = Atomic(false)
    private let readDeadline = Atomic(Connection.never)
    private let writeDeadline = Atomic(Connection.never)

    /// Takes over a non-blocking socket. `onClose` is called when its descriptors are closed.
    init(
        descriptor: Int32, remoteAddress: SocketAddress, executor: SerialQueueExecutor, tls: TLSSession?,
        onClose: @escaping @Sendable () -> Void
    ) {
        self.descriptor = descriptor
        self.remoteAddress = remoteAddress
        self.tls = tls
        self.onClose = onClose
        self.executor = executor
    }

    /// Whether nothing more can be written.
    nonisolated var isClosed: Bool { closed.load(ordering: .acquiring) }

    /// Begins to listen; `onGone` is called once when the client is found to have gone.
    func start(onGone: @escaping @Sendable () -> Void) {
        self.onGone = onGone
        var one: Int32 = 1
        setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &one, socklen_t(MemoryLayout<Int32>.size))
        descriptors.enter()
        readSource = PolledDescriptor(
            .readable, of: descriptor, by: executor.poller,
            handler: { [self] in assumeIsolated { $0.readable() } },
            closed: { [descriptors] in descriptors.leave() })
        readSource?.resume()
    }

    // MARK: Reading

    /// The next bytes, or what there is instead of them until `deadline` on the clock of ``now()``. There is
    /// one reader at a time.
    func read(until deadline: UInt64) async -> Arrival {
        await withTaskExecutorPreference(executor) { await nextArrival(until: deadline) }
    }

    /// The same, for a task that prefers the connection's executor already.
    func nextArrival(until deadline: UInt64) async -> Arrival {
        guard reader == nil else { return .gone }
        while true {
            if inbox.isEmpty, ending == nil { receive() }
            if !inbox.isEmpty {
                defer { inbox = [] }
                adaptLimit()
                if ending == nil { readSource?.resume() }
                return .bytes(inbox)
            }
            switch ending {
            case .end: return .end
            case .gone: return .gone
            case nil: break
            }
            readSource?.resume()
            let wake: Wake = await withCheckedContinuation { continuation in
                // On the way to here others may have had the queue.
                guard inbox.isEmpty, ending == nil else { return continuation.resume(returning: .ready) }
                reader = continuation
                readDeadline.store(deadline, ordering: .relaxed)
            }
            if wake == .timedOut, inbox.isEmpty, ending == nil { return .timedOut }
        }
    }

    /// Has a waiting read, and every one to come, return `end`.
    func endReading() {
        if ending == nil { ending = .end }
        readSource?.suspend()
        wakeReader(.ready)
    }

    private func readable() {
        if ending == nil, inbox.count < inboxLimit { receive() }
        // Without a suspension, the event would come again at once.
        if ending != nil || inbox.count >= inboxLimit { readSource?.suspend() }
        if !inbox.isEmpty || ending != nil { wakeReader(.ready) }
    }

    /// What comes faster than it is read comes in larger pieces, each of which costs its reader a turn.
    private func adaptLimit() {
        if inbox.count >= inboxLimit {
            inboxLimit = min(2 * inboxLimit, Self.inboxLimits.upperBound)
        } else if inbox.count < inboxLimit / 4 {
            inboxLimit = Self.inboxLimits.lowerBound
        }
    }

    /// Takes what has arrived, up to the limit of the inbox. What is for TLS alone fills no inbox, and counts all the same:
    /// others have their turn.
    private func receive() {
        var taken = 0
        while inbox.count < inboxLimit, taken < inboxLimit, ending == nil {
            let count = receivePiece()
            guard count == DescriptorPoller.receiveLimit else { return }
            taken += count
        }
    }

    /// Takes a piece of what has arrived, and says of how many bytes.
    private func receivePiece() -> Int {
        let (status, chunk) = executor.poller.receive(from: descriptor)
        if status > 0 {
            if let tls { decrypt(chunk, with: tls) } else { deliver(chunk) }
        } else if status == 0 {
            ending = .end
        } else if errno != EAGAIN && errno != EWOULDBLOCK {
            lose()
        }
        return status
    }

    private func deliver(_ bytes: [UInt8]) {
        if inbox.isEmpty { inbox = bytes } else { inbox += bytes }
    }

    private func decrypt(_ bytes: [UInt8], with tls: TLSSession) {
        do {
            let plaintext = try tls.receive(bytes)
            deliver(plaintext)
            emptyBytes = plaintext.isEmpty ? emptyBytes + bytes.count : 0
            guard emptyBytes <= Self.mostEmpty else { return lose() }
            if tls.isEnded, ending == nil { ending = .end }
        } catch {
            ending = .gone
        }
        // The handshake's and the alerts' bytes, and answers to new keys, which a client could ask for without end.
        outbox += tls.takeOutput()
        guard !flush() else { return }
        if outbox.count > Self.mostUntaken { lose() } else { armWriteSource() }
    }

    private func wakeReader(_ wake: Wake) {
        readDeadline.store(Self.never, ordering: .relaxed)
        reader?.resume(returning: wake)
        reader = nil
    }

    // MARK: Writing

    /// Writes bytes, and returns when the operating system has taken them all. One write at a time; others
    /// wait in line. Throws ``ClientGone`` when the client has gone or takes nothing for `limit`.
    func write(_ bytes: [UInt8], within limit: Duration) async throws(ClientGone) {
        try await withTaskExecutorPreference(executor) { () async throws(ClientGone) in
            try await writeAll(bytes, within: limit)
        }
    }

    private func writeAll(_ bytes: [UInt8], within limit: Duration) async throws(ClientGone) {
        await withCheckedContinuation { continuation in
            guard isWriting else {
                isWriting = true
                return continuation.resume()
            }
            writersInLine.append(continuation)
        }
        defer {
            if writersInLine.isEmpty { isWriting = false } else { writersInLine.removeFirst().resume() }
        }
        // Piece by piece: ciphertext does not stand in memory whole, and others have their turn on the queue.
        var rest = bytes[...]
        while !rest.isEmpty {
            let piece = rest.prefix(Self.pieceSize)
            rest = rest[piece.endIndex...]
            if let tls {
                tls.send(piece)
                outbox += tls.takeOutput()
            } else {
                outbox = piece
            }
            try await empty(within: limit)
            if !rest.isEmpty { await Task.yield() }
        }
    }

    /// Returns when the outbox has been taken.
    private func empty(within limit: Duration) async throws(ClientGone) {
        while !flush() {
            armWriteSource()
            let wake: Wake = await withCheckedContinuation { continuation in
                guard !outbox.isEmpty, !isClosed else { return continuation.resume(returning: .ready) }
                writer = continuation
                writeDeadline.store(Self.now() &+ limit.nanoseconds, ordering: .relaxed)
            }
            if wake == .timedOut { lose() }
        }
        guard !isClosed else { throw ClientGone() }
    }

    /// Says that nothing more is written; what was written still arrives.
    func endWriting() {
        guard !isClosed else { return }
        if let tls {
            tls.close()
            outbox += tls.takeOutput()
            _ = flush()
        }
        shutdown(descriptor, Int32(SHUT_WR))
    }

    /// Hands the outbox to the operating system, and says whether it is empty.
    private func flush() -> Bool {
        while !outbox.isEmpty, !isClosed {
            let count = outbox.withUnsafeBytes {
                Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            if count >= 0 {
                outbox = outbox.dropFirst(count)
            } else if errno == EAGAIN || errno == EWOULDBLOCK {
                return false
            } else if errno != EINTR {
                lose()
            }
        }
        outbox = []
        return true
    }

    private func armWriteSource() {
        guard !isClosed else { return }
        if writeSource == nil {
            let writeDescriptor = fcntl(descriptor, F_DUPFD_CLOEXEC, 0)
            guard writeDescriptor >= 0 else { return lose() }
            descriptors.enter()
            writeSource = PolledDescriptor(
                .writable, of: writeDescriptor, by: executor.poller,
                handler: { [self] in assumeIsolated { $0.writable() } },
                closed: { [descriptors] in descriptors.leave() })
        }
        writeSource?.resume()
    }

    private func writable() {
        writeSource?.suspend()
        if writer == nil, !flush() { armWriteSource() }
        wakeWriter(.ready)
    }

    private func wakeWriter(_ wake: Wake) {
        writeDeadline.store(Self.never, ordering: .relaxed)
        writer?.resume(returning: wake)
        writer = nil
    }

    // MARK: Ending

    /// Closes the socket. Whoever waits for it is woken.
    func close() {
        guard !closed.exchange(true, ordering: .acquiringAndReleasing) else { return }
        ending = .gone
        outbox = []
        wakeReader(.ready)
        wakeWriter(.ready)
        onGone = nil
        if readSource == nil { Glibc.close(descriptor) }
        readSource?.cancel()
        writeSource?.cancel()
        (readSource, writeSource) = (nil, nil)
        descriptors.notify(queue: executor.queue, execute: onClose)
    }

    /// The client is found to have gone.
    private func lose() {
        let tell = onGone
        close()
        tell?()
    }

    /// Wakes a read or a write whose time is up; called from time to time from any thread.
    nonisolated func expire(now: UInt64) {
        let isDue =
            readDeadline.load(ordering: .relaxed) <= now || writeDeadline.load(ordering: .relaxed) <= now
        guard isDue else { return }
        executor.queue.async { [self] in
            assumeIsolated { connection in
                if connection.readDeadline.load(ordering: .relaxed) <= now {
                    connection.wakeReader(.timedOut)
                }
                if connection.writeDeadline.load(ordering: .relaxed) <= now {
                    connection.wakeWriter(.timedOut)
                }
            }
        }
    }

    /// The time in nanoseconds, on a clock that only goes forward.
    nonisolated static func now() -> UInt64 { DispatchTime.now().uptimeNanoseconds }
}

extension Duration {
    /// The duration in whole nanoseconds, within what `UInt64` holds for half a millennium.
    var nanoseconds: UInt64 {
        let (seconds, attoseconds) = components
        guard seconds >= 0 else { return 0 }
        return UInt64(min(seconds, 1 << 33)) * 1_000_000_000 + UInt64(max(0, attoseconds) / 1_000_000_000)
    }
}
