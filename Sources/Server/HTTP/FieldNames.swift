import HTTPTypes

extension HTTPField.Name {
    /// `Prefer` (RFC 7240, 2).
    public static let prefer = HTTPField.Name.known("Prefer")
    /// `Preference-Applied` (RFC 7240, 3).
    public static let preferenceApplied = HTTPField.Name.known("Preference-Applied")
    /// `X-Request-Id`.
    public static let requestID = HTTPField.Name.known("X-Request-Id")
    /// `Idempotency-Key`.
    public static let idempotencyKey = HTTPField.Name.known("Idempotency-Key")
    /// `Last-Event-ID`, with which an event stream is resumed.
    public static let lastEventID = HTTPField.Name.known("Last-Event-ID")

    static func known(_ name: String) -> HTTPField.Name {
        guard let name = HTTPField.Name(name) else {
            preconditionFailure("\(name) is no token")  // safe: the names above are, and no other is passed
        }
        return name
    }
}
