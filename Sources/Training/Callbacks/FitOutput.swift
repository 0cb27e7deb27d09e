import Protocol

/// Something that a callback makes for the world outside of the fit.
public enum FitOutput: Sendable {
    /// The model as it is, to be kept under a name.
    case model(NamedModel)
    /// The next bytes of a file, to be kept under its name.
    case file(FilePart)
    /// An epoch's figures, to be sent to another server.
    case report(EpochReport)
}

/// A model's weights at some time of a fit, and how they are called (`ModelCheckpoint`).
public struct NamedModel: Sendable {
    /// The name, which replaces an earlier model of the same name.
    public let name: String
    /// The epoch, counted from 1.
    public let epoch: Int
    /// The batch of the epoch, counted from 1; nil at the epoch's end.
    public let step: Int?
    /// The figures at that time.
    public let logs: Logs
    /// The weights, in Keras's `get_weights()` order.
    public let weights: [Variable]
}

/// Bytes at the end of a file (`CSVLogger`, `TensorBoard`).
public struct FilePart: Sendable {
    /// What a file holds.
    public enum Kind: String, Sendable {
        /// A table in text.
        case csv
        /// Records for TensorBoard.
        case events
    }

    /// The file's name.
    public let name: String
    /// What it holds.
    public let kind: Kind
    /// Where they begin. What an interrupted fit has written from there on is written again.
    public let offset: Int
    /// The bytes.
    public let bytes: [UInt8]

    /// A part.
    public init(name: String, kind: Kind, offset: Int, bytes: [UInt8]) {
        self.name = name
        self.kind = kind
        self.offset = offset
        self.bytes = bytes
    }
}

/// An epoch's figures and where they are awaited (`RemoteMonitor`).
public struct EpochReport: Sendable {
    /// The server's URL.
    public let root: String
    /// What stands behind it.
    public let path: String
    /// The field of a form that takes the figures as JSON; nil to send them as JSON alone.
    public let field: String?
    /// Header fields besides those of every request.
    public let headers: [(name: String, value: String)]
    /// The epoch, counted from 0.
    public let epoch: Int
    /// The figures.
    public let logs: Logs
}

/// A file that a callback writes, and how long it is.
struct OutputFile {
    let name: String
    let kind: FilePart.Kind
    /// Bytes that it has so far.
    var length = 0

    init(_ name: String, _ kind: FilePart.Kind) {
        self.name = name
        self.kind = kind
    }

    /// Hands on more of it.
    mutating func append(_ bytes: [UInt8], _ fit: FitControl) {
        fit.hand(.file(FilePart(name: name, kind: kind, offset: length, bytes: bytes)))
        length += bytes.count
    }
}
