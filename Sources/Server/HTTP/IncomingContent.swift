import HTTPTypes
import Protocol

/// How far the content of the current request has been read.
struct IncomingContent {
    /// Which request of the connection it belongs to.
    let number: Int
    var decoder: BodyDecoder
    let inflater: GzipInflater?
    /// Set when the content has a coding that cannot be taken off.
    let unknownCoding: String?
    /// Whether the client waits for `100 Continue` before it sends the content.
    var awaitsContinue: Bool
    /// Whether somebody waits for bytes.
    var isReading = false
    /// What ended the reading early; nothing behind it can be trusted.
    var failure: Problem?
    /// The bytes that came out of the inflater.
    var inflatedCount = 0
    /// For how many nanoseconds the server still waits for a slow client.
    var patience: UInt64

    init(_ head: RequestHead, number: Int, configuration: ServerConfiguration) {
        self.number = number
        decoder = BodyDecoder(
            head.framing, limit: configuration.contentLimit, headLimits: configuration.headLimits)
        patience = configuration.contentGrace.nanoseconds
        let coding = head.request.headerFields[.contentEncoding]?.lowercased() ?? "identity"
        inflater = (coding == "gzip" || coding == "x-gzip") && !decoder.isComplete ? GzipInflater() : nil
        unknownCoding = ["gzip", "x-gzip", "identity"].contains(coding) ? nil : coding
        awaitsContinue = head.expectation == .continue && !decoder.isComplete
    }
}
