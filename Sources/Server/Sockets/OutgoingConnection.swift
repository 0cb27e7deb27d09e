import Glibc

/// A connection to another server, over TCP or over TLS. It blocks the thread that uses it, and belongs to that thread.
package final class OutgoingConnection {
    /// Why a connection cannot be made or does not go on.
    package struct Failure: Error {
        /// A sentence's end: `Connection refused`.
        package let reason: String

        /// A failure for a reason.
        package init(reason: String) { self.reason = reason }
    }

    private let descriptor: Int32
    private var session: TLSSession?
    /// Plaintext that came with the end of the handshake.
    private var early: [UInt8] = []

    /// Connects to the first of a host's addresses that takes it.
    /// - Parameters:
    ///   - tls: Who is trusted; nil for plain TCP.
    ///   - deadline: For all of it, besides the look-up of the host's name.
    package init(
        host: String, port: Int, tls: TLSClientContext? = nil, by deadline: ContinuousClock.Instant
    ) throws(Failure) {
        var hints = addrinfo()
        hints.ai_flags = AI_NUMERICSERV
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        var list: UnsafeMutablePointer<addrinfo>?
        let status = getaddrinfo(host, String(port), &hints, &list)
        guard status == 0 else { throw Failure(reason: String(cString: gai_strerror(status))) }
        defer { freeaddrinfo(list) }
        var connected: Int32?
        var code: Int32 = 0
        var entry = list
        while connected == nil, let candidate = entry?.pointee {
            connected = Self.connected(to: candidate, by: deadline, code: &code)
            entry = candidate.ai_next
        }
        guard let connected else { throw Failure(reason: SystemError.text(code)) }
        descriptor = connected
        Self.noticeSilence(connected)
        guard let tls else { return }
        guard let session = tls.makeSession(host: host) else { throw Failure(reason: "TLS is not available") }
        self.session = session
        try shakeHands(session, by: deadline)
    }

    deinit { close(descriptor) }

    /// Sends bytes.
    /// - Parameter deadline: nil to wait for as long as the other side needs.
    package func send(_ bytes: ArraySlice<UInt8>, by deadline: ContinuousClock.Instant? = nil) throws(Failure)
    {
        guard let session else { return try write(bytes, by: deadline) }
        session.send(bytes)
        try write(session.takeOutput()[...], by: deadline)
    }

    /// The bytes that have come, at least one; nil when the other side has closed.
    /// - Parameter deadline: nil to wait for as long as it takes.
    package func receive(by deadline: ContinuousClock.Instant? = nil) throws(Failure) -> [UInt8]? {
        if !early.isEmpty {
            defer { early = [] }
            return early
        }
        while true {
            guard let bytes = try read(by: deadline) else { return nil }
            guard let session else { return bytes }
            let plaintext = try decrypted(bytes, session)
            if !plaintext.isEmpty { return plaintext }
            if session.isEnded { return nil }
        }
    }

    /// Whether ``receive(by:)`` would have bytes now or soon; bytes that are of TLS alone are taken off.
    package func hasInput(within seconds: Double = 0) throws(Failure) -> Bool {
        let deadline = ContinuousClock.now + .seconds(seconds)
        while early.isEmpty {
            guard Self.isReady(descriptor, Int16(POLLIN), by: deadline) else { return false }
            guard let session else { return true }
            guard let bytes = try read(by: deadline) else { return true }
            early = try decrypted(bytes, session)
        }
        return true
    }

    private func shakeHands(_ session: TLSSession, by deadline: ContinuousClock.Instant) throws(Failure) {
        while true {
            let (isDone, mistrust) = session.shakeHands()
            if let mistrust { throw Failure(reason: mistrust) }
            try write(session.takeOutput()[...], by: deadline)
            if isDone { return }
            guard let bytes = try read(by: deadline) else {
                throw Failure(reason: "the other side ends the TLS handshake")
            }
            session.take(bytes)
        }
    }

    private func decrypted(_ bytes: [UInt8], _ session: TLSSession) throws(Failure) -> [UInt8] {
        do { return try session.receive(bytes) } catch { throw Failure(reason: "TLS is broken off") }
    }

    /// Keeps asking a silent other side, so that one that is gone is noticed.
    private static func noticeSilence(_ descriptor: Int32) {
        for (level, option, value) in [
            (SOL_SOCKET, SO_KEEPALIVE, 1), (Int32(IPPROTO_TCP), TCP_KEEPIDLE, 30),
            (Int32(IPPROTO_TCP), TCP_KEEPINTVL, 10), (Int32(IPPROTO_TCP), TCP_KEEPCNT, 3),
            (Int32(IPPROTO_TCP), TCP_NODELAY, 1),
        ] {
            var value = Int32(value)
            setsockopt(descriptor, level, option, &value, socklen_t(MemoryLayout<Int32>.size))
        }
    }

    private static func connected(
        to address: addrinfo, by deadline: ContinuousClock.Instant, code: inout Int32
    ) -> Int32? {
        let descriptor = socket(
            address.ai_family,
            address.ai_socktype | Int32(SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue), address.ai_protocol)
        guard descriptor >= 0 else {
            code = errno
            return nil
        }
        if connect(descriptor, address.ai_addr, address.ai_addrlen) == 0 { return descriptor }
        code = errno
        if code == EINPROGRESS {
            var length = socklen_t(MemoryLayout<Int32>.size)
            if !isReady(descriptor, Int16(POLLOUT), by: deadline) {
                code = ETIMEDOUT
            } else if getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &code, &length) == 0, code == 0 {
                return descriptor
            }
        }
        close(descriptor)
        return nil
    }

    private func write(_ bytes: ArraySlice<UInt8>, by deadline: ContinuousClock.Instant?) throws(Failure) {
        var rest = bytes
        while !rest.isEmpty {
            guard Self.isReady(descriptor, Int16(POLLOUT), by: deadline) else {
                throw Failure(reason: SystemError.text(ETIMEDOUT))
            }
            let count = rest.withUnsafeBytes {
                Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            if count > 0 {
                rest = rest.dropFirst(count)
            } else if errno != EINTR, errno != EAGAIN {
                throw Failure(reason: SystemError.text(errno))
            }
        }
    }

    private func read(by deadline: ContinuousClock.Instant?) throws(Failure) -> [UInt8]? {
        while true {
            guard Self.isReady(descriptor, Int16(POLLIN), by: deadline) else {
                throw Failure(reason: SystemError.text(ETIMEDOUT))
            }
            var code: Int32 = 0
            let bytes = [UInt8](unsafeUninitializedCapacity: 64 << 10) { buffer, filled in
                let count = recv(descriptor, buffer.baseAddress, buffer.count, 0)
                filled = max(0, count)
                code = count < 0 ? errno : 0
            }
            if code == EINTR || code == EAGAIN { continue }
            guard code == 0 else { throw Failure(reason: SystemError.text(code)) }
            return bytes.isEmpty ? nil : bytes
        }
    }

    private static func isReady(
        _ descriptor: Int32, _ events: Int16, by deadline: ContinuousClock.Instant?
    ) -> Bool {
        while true {
            let left = deadline.map { max(0, ($0 - .now) / .milliseconds(1)) } ?? 60_000
            var entry = pollfd(fd: descriptor, events: events, revents: 0)
            let count = poll(&entry, 1, Int32(min(left, 60_000).rounded(.up)))
            if count > 0 { return true }
            if count < 0, errno != EINTR { return false }
            if let deadline, deadline <= .now { return false }
        }
    }
}
