import Foundation
import Server

#if canImport(Glibc)
    import Glibc
#endif

/// A blocking client on a raw socket: sends exactly the bytes it is told to.
final class TestClient {
    struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    /// One answer, as it came over the wire.
    struct Answer {
        var status: Int
        var fields: [(name: String, value: String)]
        var body: [UInt8]

        subscript(name: String) -> String? {
            fields.first { $0.name.lowercased() == name.lowercased() }?.value
        }

        var text: String { String(decoding: body, as: UTF8.self) }
    }

    let descriptor: Int32
    private var buffer: [UInt8] = []

    init(_ address: SocketAddress, receiveBuffer: Int32? = nil) throws {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        guard descriptor >= 0 else { throw Failure(description: "socket: \(errno)") }
        if var size = receiveBuffer {
            setsockopt(descriptor, SOL_SOCKET, SO_RCVBUF, &size, socklen_t(MemoryLayout<Int32>.size))
        }
        var target = sockaddr_in()
        target.sin_family = sa_family_t(AF_INET)
        target.sin_port = in_port_t(address.port).bigEndian
        inet_pton(AF_INET, address.host, &target.sin_addr)
        let status = withUnsafePointer(to: &target) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard status == 0 else {
            close(descriptor)
            throw Failure(description: "connect: \(errno)")
        }
        timeout(seconds: 20)
    }

    deinit { close(descriptor) }

    func timeout(seconds: Int) {
        var limit = timeval(tv_sec: seconds, tv_usec: 0)
        for option in [SO_RCVTIMEO, SO_SNDTIMEO] {
            setsockopt(descriptor, SOL_SOCKET, option, &limit, socklen_t(MemoryLayout<timeval>.size))
        }
    }

    func send(_ text: String) { send(Array(text.utf8)) }

    /// Sends as much as the server takes before it closes.
    @discardableResult func send(_ bytes: [UInt8]) -> Bool {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes {
                Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            guard count > 0 else { return false }
            rest = rest.dropFirst(count)
        }
        return true
    }

    func endSending() { shutdown(descriptor, Int32(SHUT_WR)) }

    /// Has `close` send a reset.
    func resetOnClose() {
        var option = linger(l_onoff: 1, l_linger: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &option, socklen_t(MemoryLayout<linger>.size))
    }

    /// More bytes, or nil at the end of what the server sends.
    func receive(upTo limit: Int = 64 << 10) throws -> [UInt8]? {
        if !buffer.isEmpty {
            defer { buffer = [] }
            return buffer
        }
        var status = 0
        let bytes = [UInt8](unsafeUninitializedCapacity: limit) { target, count in
            status = recv(descriptor, target.baseAddress, limit, 0)
            count = max(0, status)
        }
        if status < 0 { throw Failure(description: "recv: \(String(cString: strerror(errno)))") }
        return status == 0 ? nil : bytes
    }

    /// All that comes until the server closes.
    func receiveAll() throws -> [UInt8] {
        var bytes: [UInt8] = []
        while let more = try receive() { bytes += more }
        return bytes
    }

    var isClosedByServer: Bool { (try? receive()) == .some(nil) }

    private func line() throws -> String {
        var line: [UInt8] = []
        while true {
            if buffer.isEmpty {
                guard let more = try receive() else { throw Failure(description: "the connection ended") }
                buffer = more
            }
            if let end = buffer.firstIndex(of: 0x0A) {
                line += buffer[...end]
                buffer.removeFirst(end + 1)
                return String(decoding: line.dropLast(2), as: UTF8.self)
            }
            line += buffer
            buffer = []
        }
    }

    func take(_ count: Int) throws -> [UInt8] {
        while buffer.count < count {
            let held = buffer
            buffer = []
            guard let more = try receive() else { throw Failure(description: "the connection ended") }
            buffer = held + more
        }
        defer { buffer.removeFirst(count) }
        return Array(buffer.prefix(count))
    }

    /// The next chunk of a chunked answer; empty at its end.
    func chunk() throws -> [UInt8] {
        let size = try line()
        guard let count = Int(size, radix: 16) else { throw Failure(description: "chunk size \(size)") }
        let bytes = try take(count)
        guard try line().isEmpty else { throw Failure(description: "no line end behind a chunk") }
        return bytes
    }

    func head() throws -> Answer {
        let first = try line()
        let words = first.split(separator: " ", maxSplits: 2, omittingEmptySubsequences: false)
        guard words.count == 3, words[0] == "HTTP/1.1", let status = Int(words[1]) else {
            throw Failure(description: "status line: \(first)")
        }
        var answer = Answer(status: status, fields: [], body: [])
        while true {
            let field = try line()
            if field.isEmpty { return answer }
            let parts = field.split(separator: ":", maxSplits: 1)
            answer.fields.append((String(parts[0]), String(parts[1].dropFirst())))
        }
    }

    /// The next answer with its content.
    func answer(toHead: Bool = false) throws -> Answer {
        var answer = try head()
        if toHead || answer.status == 204 || answer.status == 304 || answer.status < 200 { return answer }
        if let length = answer["Content-Length"].flatMap({ Int($0) }) {
            answer.body = try take(length)
        } else if answer["Transfer-Encoding"] == "chunked" {
            while case let bytes = try chunk(), !bytes.isEmpty { answer.body += bytes }
        } else {
            answer.body = try receiveAll()
        }
        return answer
    }

    /// Sends a request and returns its answer.
    static func exchange(_ address: SocketAddress, _ request: String) throws -> Answer {
        let client = try TestClient(address)
        client.send(request)
        return try client.answer(toHead: request.hasPrefix("HEAD"))
    }
}
