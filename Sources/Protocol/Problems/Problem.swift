/// What went wrong, in the form of RFC 9457 (`application/problem+json`).
///
/// A problem is the client's to mend: its detail says what is wrong and what to do instead.
public struct Problem: Error, Sendable, Hashable {
    /// One fault in a JSON body.
    public struct Fault: Sendable, Hashable {
        /// Where in the body.
        public var pointer: JSONPointer
        /// What is wrong there, and what would be right.
        public var detail: String

        /// A fault at `pointer`.
        public init(_ pointer: JSONPointer, _ detail: String) {
            self.pointer = pointer
            self.detail = detail
        }
    }

    /// The class of problem; its status, title and type belong together.
    public var kind: Kind
    /// What is wrong this time.
    public var detail: String
    /// The faults of a JSON body, in the order in which they were found.
    public var errors: [Fault]

    /// A problem of a kind.
    public init(_ kind: Kind, _ detail: String, errors: [Fault] = []) {
        self.kind = kind
        self.detail = detail
        self.errors = errors
    }

    /// A well-formed body with faults; the detail sums them up.
    public init(faults: [Fault]) {
        self.init(
            .unprocessable,
            faults.count == 1 ? faults[0].detail : "The body has \(faults.count) faults; see errors.",
            errors: faults)
    }

    /// A well-formed body with one fault.
    public static func fault(_ pointer: JSONPointer, _ detail: String) -> Problem {
        Problem(faults: [Fault(pointer, detail)])
    }
}

extension Problem {
    /// The kinds of problem of the contract; the raw value is the HTTP status.
    public enum Kind: Int, Sendable, Hashable, CaseIterable {
        case malformed = 400
        case unauthorized = 401
        case forbidden = 403
        case notFound = 404
        case methodNotAllowed = 405
        case notAcceptable = 406
        case timeout = 408
        case conflict = 409
        case lengthRequired = 411
        case preconditionFailed = 412
        case contentTooLarge = 413
        case targetTooLong = 414
        case unsupportedMediaType = 415
        case rangeNotSatisfiable = 416
        case expectationFailed = 417
        case misdirected = 421
        case unprocessable = 422
        case tooManyRequests = 429
        case fieldsTooLarge = 431
        case internalError = 500
        case notImplemented = 501
        case unavailable = 503
        case versionNotSupported = 505
        case insufficientStorage = 507

        /// The HTTP status code.
        public var status: Int { rawValue }

        /// The status in words, as RFC 9110 names it.
        public var title: String {
            switch self {
            case .malformed: "Bad Request"
            case .unauthorized: "Unauthorized"
            case .forbidden: "Forbidden"
            case .notFound: "Not Found"
            case .methodNotAllowed: "Method Not Allowed"
            case .notAcceptable: "Not Acceptable"
            case .timeout: "Request Timeout"
            case .conflict: "Conflict"
            case .lengthRequired: "Length Required"
            case .preconditionFailed: "Precondition Failed"
            case .contentTooLarge: "Content Too Large"
            case .targetTooLong: "URI Too Long"
            case .unsupportedMediaType: "Unsupported Media Type"
            case .rangeNotSatisfiable: "Range Not Satisfiable"
            case .expectationFailed: "Expectation Failed"
            case .misdirected: "Misdirected Request"
            case .unprocessable: "Unprocessable Content"
            case .tooManyRequests: "Too Many Requests"
            case .fieldsTooLarge: "Request Header Fields Too Large"
            case .internalError: "Internal Server Error"
            case .notImplemented: "Not Implemented"
            case .unavailable: "Service Unavailable"
            case .versionNotSupported: "HTTP Version Not Supported"
            case .insufficientStorage: "Insufficient Storage"
            }
        }

        /// A relative reference that names the kind: `/problems/unprocessable-content`.
        public var type: String {
            "/problems/" + title.lowercased().replacing(" ", with: "-")
        }
    }

    /// The document a client receives.
    public var json: JSONValue {
        var members: JSONObject = [
            "type": .string(kind.type), "title": .string(kind.title),
            "status": .integer(Int64(kind.status)), "detail": .string(detail),
        ]
        if !errors.isEmpty {
            members["errors"] = .array(
                errors.map { ["pointer": .string($0.pointer.description), "detail": .string($0.detail)] })
        }
        return .object(members)
    }
}
