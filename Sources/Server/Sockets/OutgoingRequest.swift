import Glibc

/// One HTTP/1.1 request to another server, on the thread that sends it.
struct OutgoingRequest {
    let host: String
    let port: Int
    /// The request as it goes over the wire.
    let bytes: [UInt8]

    /// What becomes of one.
    enum Outcome {
        /// The server has answered, whatever it has.
        case answered(status: Int)
        case failed
    }

    /// Connects, sends, and reads the status line; no more, so that nothing the other server says is kept, and no
    /// redirection followed.
    /// - Parameter seconds: For all of it, besides the look-up of the host's name.
    func send(within seconds: Double) -> Outcome {
        var hints = addrinfo()
        hints.ai_flags = AI_NUMERICSERV
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        var list: UnsafeMutablePointer<addrinfo>?
        guard getaddrinfo(host, String(port), &hints, &list) == 0 else { return .failed }
        defer { freeaddrinfo(list) }
        let deadline = ContinuousClock.now + .seconds(seconds)
        var entry = list
        while let candidate = entry?.pointee {
            if let descriptor = Self.connected(to: candidate, by: deadline) {
                defer { close(descriptor) }
                guard write(to: descriptor, by: deadline),
                    let status = Self.status(from: descriptor, by: deadline)
                else { return .failed }
                return .answered(status: status)
            }
            entry = candidate.ai_next
        }
        return .failed
    }

    private static func connected(to address: addrinfo, by deadline: ContinuousClock.Instant) -> Int32? {
        let descriptor = socket(
            address.ai_family,
            address.ai_socktype | Int32(SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue), address.ai_protocol)
        guard descriptor >= 0 else { return nil }
        if connect(descriptor, address.ai_addr, address.ai_addrlen) == 0 { return descriptor }
        var code: Int32 = 0
        var length = socklen_t(MemoryLayout<Int32>.size)
        if errno == EINPROGRESS, isReady(descriptor, Int16(POLLOUT), by: deadline),
            getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &code, &length) == 0, code == 0
        {
            return descriptor
        }
        close(descriptor)
        return nil
    }

    private func write(to descriptor: Int32, by deadline: ContinuousClock.Instant) -> Bool {
        bytes.withUnsafeBytes { bytes in
            var rest = bytes
            while !rest.isEmpty {
                guard Self.isReady(descriptor, Int16(POLLOUT), by: deadline) else { return false }
                let count = Glibc.send(descriptor, rest.baseAddress, rest.count, Int32(MSG_NOSIGNAL))
                if count > 0 {
                    rest = UnsafeRawBufferPointer(rebasing: rest[count...])
                } else if errno != EINTR, errno != EAGAIN {
                    return false
                }
            }
            return true
        }
    }

    /// The number in `HTTP/1.1 200 OK`.
    private static func status(from descriptor: Int32, by deadline: ContinuousClock.Instant) -> Int? {
        var line: [UInt8] = []
        while line.count < 12 {
            guard isReady(descriptor, Int16(POLLIN), by: deadline) else { return nil }
            var piece = [UInt8](repeating: 0, count: 12 - line.count)
            let count = recv(descriptor, &piece, piece.count, 0)
            if count == 0 || count < 0 && errno != EINTR && errno != EAGAIN { return nil }
            line += piece.prefix(max(0, count))
        }
        let text = String(decoding: line, as: UTF8.self)
        return text.hasPrefix("HTTP/1.") ? Int(text.suffix(3)) : nil
    }

    private static func isReady(
        _ descriptor: Int32, _ events: Int16, by deadline: ContinuousClock.Instant
    ) -> Bool {
        while true {
            let left = (deadline - .now) / .milliseconds(1)
            guard left > 0 else { return false }
            var entry = pollfd(fd: descriptor, events: events, revents: 0)
            let count = poll(&entry, 1, Int32(min(left, 60_000).rounded(.up)))
            if count > 0 { return true }
            if count < 0, errno != EINTR { return false }
        }
    }
}
