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

    /// Connects, sends, and reads the status line; nothing else that the other server says is kept, and no redirection
    /// followed.
    /// - Parameter seconds: For all of it, besides the look-up of the host's name.
    func send(within seconds: Double) -> Outcome {
        let deadline = ContinuousClock.now + .seconds(seconds)
        do {
            let connection = try OutgoingConnection(host: host, port: port, by: deadline)
            try connection.send(bytes[...], by: deadline)
            var line: [UInt8] = []
            while line.count < 12 {
                guard let piece = try connection.receive(by: deadline) else { return .failed }
                line += piece.prefix(12 - line.count)
            }
            // HTTP/1.1 200
            let text = String(decoding: line, as: UTF8.self)
            guard text.hasPrefix("HTTP/1."), let status = Int(text.suffix(3)) else { return .failed }
            return .answered(status: status)
        } catch {
            return .failed
        }
    }
}
