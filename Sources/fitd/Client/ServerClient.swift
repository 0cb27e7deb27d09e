import Foundation
import HTTPTypes
import Protocol
import Server

/// The server, as the client's commands ask it: each request on a connection of its own.
struct ServerClient {
    let url: ServerURL
    let token: String?
    /// Who is trusted, with `https`.
    let tls: TLSClientContext?

    /// What a request carries.
    enum Content {
        case none
        case json(JSONValue)
        case bytes([UInt8], type: String)
        /// A file from disk, which is never read whole.
        case file(InputFile, type: String)
    }

    /// Asks, and takes an answer of success.
    /// - Parameter path: With its query, percent-encoded.
    /// - Throws: ``ClientFailure``; an answer that is no success is one.
    func send(
        _ method: String, _ path: String, _ fields: [String: String] = [:], content: Content = .none
    ) throws -> Answer {
        let connection: OutgoingConnection
        do {
            connection = try OutgoingConnection(
                host: url.root.host, port: url.port, tls: tls, by: .now + .seconds(15))
        } catch {
            throw ClientFailure.connection("Cannot connect to \(url): \(error.reason).")
        }
        do {
            let answer = Answer(over: connection, from: url)
            try connection.send(head(method, path, fields, content)[...])
            try send(content, over: connection, until: answer)
            try answer.begin()
            guard (200..<300).contains(answer.status) else {
                throw ClientFailure(status: answer.status, body: try answer.collect())
            }
            return answer
        } catch let error as OutgoingConnection.Failure {
            throw ClientFailure.connection("The connection to \(url) is lost: \(error.reason).")
        }
    }

    /// Asks, and reads the JSON of the answer.
    func json(
        _ method: String, _ path: String, _ fields: [String: String] = [:], content: Content = .none
    ) throws -> JSONValue {
        let answer = try send(
            method, path, fields.merging(["Accept": "application/json"]) { $1 }, content: content)
        let body = try answer.collect()
        guard let json = try? JSONValue(parsing: body) else {
            throw ClientFailure.connection("\(url) does not answer as fitd does.")
        }
        return json
    }

    private func head(
        _ method: String, _ path: String, _ fields: [String: String], _ content: Content
    ) -> [UInt8] {
        var all = [
            "Host": url.root.authority, "User-Agent": "fitd/\(API.version)", "Connection": "close",
        ].merging(fields) { $1 }
        if let token { all["Authorization"] = "Bearer \(token)" }
        switch content {
        case .none: if method == "POST" { all["Content-Length"] = "0" }
        case .json(let json):
            all["Content-Type"] = "application/json"
            all["Content-Length"] = "\(json.encoded().count)"
        case .bytes(let bytes, let type):
            all["Content-Type"] = type
            all["Content-Length"] = "\(bytes.count)"
        case .file(let file, let type):
            all["Content-Type"] = type
            all["Content-Length"] = "\(file.size)"
            // The server says what is wrong with the request before all of the file has gone over the wire.
            all["Expect"] = "100-continue"
        }
        let lines = ["\(method) \(url.root.path)\(path) HTTP/1.1"] + all.map { "\($0): \($1)" }
        return Array((lines.joined(separator: "\r\n") + "\r\n\r\n").utf8)
    }

    /// Sends a request's content, unless the server answers before it has it all.
    private func send(_ content: Content, over connection: OutgoingConnection, until answer: Answer) throws {
        switch content {
        case .none: break
        case .json(let json): try connection.send(json.encoded()[...])
        case .bytes(let bytes, _): try connection.send(bytes[...])
        case .file(let file, _):
            // A server that does not know of 100 says nothing, and gets the file after a second.
            if try answer.hasBegun(within: 1) { return }
            while let bytes = try file.read() {
                do {
                    try connection.send(bytes[...])
                } catch {
                    // What the server has said before it closed says why.
                    guard try connection.hasInput() else { throw error }
                    return
                }
                if try answer.hasBegun() { return }
            }
        }
    }
}

extension String {
    /// As one part of a URL's path, or as a value of its query.
    var urlPart: String {
        let unreserved = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~"
        return addingPercentEncoding(withAllowedCharacters: CharacterSet(charactersIn: unreserved)) ?? self
    }
}
