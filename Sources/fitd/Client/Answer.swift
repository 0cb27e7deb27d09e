import Foundation
import HTTPTypes
import Protocol
import Server

/// A server's answer, read from its connection as it comes.
final class Answer {
    private let connection: OutgoingConnection
    private let url: ServerURL
    private var input: ArraySlice<UInt8> = []
    private var parser = ResponseParser()
    private var head: HTTPResponse?
    private var decoder = BodyDecoder(.length(0), limit: 0)

    /// The answer to what is sent over a connection.
    init(over connection: OutgoingConnection, from url: ServerURL) {
        self.connection = connection
        self.url = url
    }

    /// The status, once the head has come.
    var status: Int { head?.status.code ?? 0 }

    /// Whether the final head has come. Waits for it, or for an interim one such as 100.
    func hasBegun(within seconds: Double = 0) throws -> Bool {
        if head == nil, try connection.hasInput(within: seconds) { try readHead() }
        return head != nil
    }

    /// Waits for the head, for as long as the server takes.
    func begin() throws {
        while head == nil { try readHead() }
    }

    private func readHead() throws {
        guard let bytes = try connection.receive() else {
            throw OutgoingConnection.Failure(reason: "the server closes it without an answer")
        }
        input += bytes
        try understood {
            while head == nil, let next = try parser.parse(&input) {
                guard next.status.code >= 200 else { continue }
                head = next
                decoder = try BodyDecoder(of: next)
            }
        }
    }

    /// The next bytes of the content, at least one; nil at its end.
    /// - Parameter deadline: nil to wait for as long as the server takes.
    func next(by deadline: ContinuousClock.Instant? = nil) throws -> [UInt8]? {
        while true {
            let content = try understood { try decoder.decode(&input) }
            if !content.isEmpty { return content }
            if decoder.isComplete { return nil }
            guard let bytes = try connection.receive(by: deadline) else {
                guard decoder.mayEnd else {
                    throw OutgoingConnection.Failure(reason: "the server closes it within an answer")
                }
                return nil
            }
            input += bytes
        }
    }

    /// The whole content.
    func collect() throws -> [UInt8] {
        var content: [UInt8] = []
        while let bytes = try next() { content += bytes }
        return content
    }

    private func understood<Value>(_ parse: () throws -> Value) throws -> Value {
        do {
            return try parse()
        } catch let problem as Problem {
            throw ClientFailure.connection("\(url) does not speak HTTP: \(problem.detail)")
        }
    }
}
