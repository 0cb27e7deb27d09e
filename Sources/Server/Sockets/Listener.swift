import Dispatch
import Glibc

/// Why a server could not start.
public struct ServerStartError: Error, CustomStringConvertible {
    /// What failed, and on what.
    public let description: String

    init(_ description: String) { self.description = description }
}

/// A listening socket. It hands over each connection, up to a number at one time; more wait in the
/// operating system's queue.
actor Listener {
    /// What takes a connection over: a non-blocking socket and who is at its other end. It owes the listener
    /// a ``release()``.
    typealias Acceptor = @Sendable (Int32, SocketAddress) -> Void

    nonisolated let address: SocketAddress
    nonisolated let executor = SerialQueueExecutor(label: "fitd.listener")
    nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    private let descriptor: Int32
    private let limit: Int
    private var source: DescriptorSource?
    private var acceptor: Acceptor?
    private var active = 0
    private var isResting = false

    /// Binds to the first address of `host` that can be bound; port 0 takes a free one.
    init(host: String, port: Int, limit: Int) throws(ServerStartError) {
        (descriptor, address) = try Self.bind(host: host, port: port)
        self.limit = limit
    }

    /// Begins to accept.
    func start(_ acceptor: @escaping Acceptor) {
        self.acceptor = acceptor
        source = DescriptorSource(
            of: descriptor, on: executor.queue,
            handler: { [self] in assumeIsolated { $0.acceptAll() } }, closed: {})
        source?.resume()
    }

    /// Says that a connection has been closed.
    nonisolated func release() {
        executor.queue.async { [self] in
            assumeIsolated { listener in
                listener.active -= 1
                if !listener.isResting { listener.source?.resume() }
            }
        }
    }

    /// Accepts no more, and closes the socket.
    func stop() {
        acceptor = nil
        if source == nil { close(descriptor) }
        source?.cancel()
        source = nil
    }

    private func acceptAll() {
        // A bounded turn: what is done on this queue beside does not wait for a flood.
        for _ in 0..<64 {
            guard let acceptor else { return }
            guard active < limit else {
                source?.suspend()
                return
            }
            var storage = sockaddr_storage()
            var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
            let accepted = withUnsafeMutablePointer(to: &storage) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    accept4(
                        descriptor, $0, &length, Int32(SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue))
                }
            }
            if accepted >= 0 {
                active += 1
                acceptor(accepted, SocketAddress(storage) ?? SocketAddress(host: "", port: 0))
                continue
            }
            switch errno {
            case EAGAIN, EWOULDBLOCK: return
            case EMFILE, ENFILE, ENOBUFS, ENOMEM: return rest()
            // The client is gone again, or the network failed it: the next one counts.
            default: continue
            }
        }
    }

    /// Waits a little: the connection that cannot be accepted stays in the queue, and would wake the source
    /// again at once.
    private func rest() {
        isResting = true
        source?.suspend()
        executor.queue.asyncAfter(deadline: .now() + .milliseconds(100)) { [self] in
            assumeIsolated { listener in
                listener.isResting = false
                listener.source?.resume()
            }
        }
    }

    private static func bind(
        host: String, port: Int
    ) throws(ServerStartError) -> (Int32, SocketAddress) {
        guard UInt16(exactly: port) != nil else { throw ServerStartError("\(port) is not a port.") }
        var hints = addrinfo()
        hints.ai_flags = AI_PASSIVE | AI_NUMERICSERV
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        var list: UnsafeMutablePointer<addrinfo>?
        let status = getaddrinfo(host, String(port), &hints, &list)
        guard status == 0 else {
            throw ServerStartError("\(host) cannot be resolved: \(String(cString: gai_strerror(status)))")
        }
        defer { freeaddrinfo(list) }
        var reason = "it has no address"
        var entry = list
        while let candidate = entry?.pointee {
            if let descriptor = listen(on: candidate) {
                if let address = SocketAddress(of: descriptor, by: getsockname) {
                    return (descriptor, address)
                }
                close(descriptor)
            }
            reason = String(cString: strerror(errno))
            entry = candidate.ai_next
        }
        throw ServerStartError("Cannot listen on \(SocketAddress(host: host, port: port)): \(reason)")
    }

    private static func listen(on address: addrinfo) -> Int32? {
        let descriptor = socket(
            address.ai_family,
            address.ai_socktype | Int32(SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue), address.ai_protocol)
        guard descriptor >= 0 else { return nil }
        var one: Int32 = 1
        setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &one, socklen_t(MemoryLayout<Int32>.size))
        guard Glibc.bind(descriptor, address.ai_addr, address.ai_addrlen) == 0,
            Glibc.listen(descriptor, SOMAXCONN) == 0
        else {
            let reason = errno
            close(descriptor)
            errno = reason
            return nil
        }
        return descriptor
    }
}

/// `accept4(2)`, which sets both flags before another thread can fork. The Glibc module leaves it out, as it
/// does what glibc declares under `_GNU_SOURCE` alone.
@_silgen_name("accept4")
private func accept4(
    _ descriptor: Int32, _ address: UnsafeMutablePointer<sockaddr>?,
    _ length: UnsafeMutablePointer<socklen_t>?, _ flags: Int32
) -> Int32
