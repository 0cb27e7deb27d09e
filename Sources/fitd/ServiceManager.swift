import Foundation

/// Tells systemd how the server is (sd_notify(3)), where it asks to be told.
struct ServiceManager: Sendable {
    private let path: String?
    /// Within which time it wants to hear that the server lives; nil when it does not care.
    private let watchdog: Duration?

    init(environment: [String: String] = ProcessInfo.processInfo.environment) {
        path = environment["NOTIFY_SOCKET"]
        let isMeant = environment["WATCHDOG_PID"].map { $0 == "\(getpid())" } ?? true
        let microseconds = isMeant ? environment["WATCHDOG_USEC"].flatMap { Int($0) } : nil
        watchdog = microseconds.flatMap { $0 > 0 ? .microseconds($0) : nil }
    }

    func ready() { tell("READY=1") }
    func stopping() { tell("STOPPING=1") }

    func reloading() {
        var now = timespec()
        clock_gettime(CLOCK_MONOTONIC, &now)
        tell("RELOADING=1\nMONOTONIC_USEC=\(now.tv_sec * 1_000_000 + now.tv_nsec / 1000)")
    }

    /// Says twice within the time that the server lives, as long as `pulse` returns.
    func watch(_ pulse: @escaping @Sendable () async -> Void) {
        guard path != nil, let watchdog else { return }
        Task {
            while true {
                await pulse()
                tell("WATCHDOG=1")
                try await Task.sleep(for: watchdog / 2)
            }
        }
    }

    /// One datagram. A path that begins with `@` is a name in the abstract namespace, written with a zero.
    private func tell(_ state: String) {
        guard let path, path.hasPrefix("/") || path.hasPrefix("@") else { return }
        var address = sockaddr_un()
        var bytes = Array(path.utf8)
        guard bytes.count < MemoryLayout.size(ofValue: address.sun_path) else { return }
        if path.hasPrefix("@") { bytes[0] = 0 }
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: bytes) }
        let descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { return }
        defer { close(descriptor) }
        let length = MemoryLayout<sa_family_t>.size + bytes.count
        let message = Array(state.utf8)
        withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                _ = sendto(
                    descriptor, message, message.count, Int32(MSG_NOSIGNAL), $0, socklen_t(length))
            }
        }
    }
}
