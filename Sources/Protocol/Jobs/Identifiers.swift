/// A name of the server's making: a prefix that tells what it names, and a `ULID`.
///
/// As text, identifiers of one kind sort by the time at which they were made.
public protocol Identifier: Sendable, Hashable, Comparable, CustomStringConvertible {
    /// What the text begins with, such as `job_`.
    static var prefix: String { get }
    /// What follows the prefix.
    var ulid: ULID { get }
    /// The identifier of this kind.
    init(_ ulid: ULID)
}

extension Identifier {
    /// Reads the text form; nil for anything that this server cannot have made.
    public init?(parsing text: String) {
        guard text.utf8.starts(with: Self.prefix.utf8),
            let ulid = ULID(characters: text.utf8.dropFirst(Self.prefix.utf8.count))
        else { return nil }
        self.init(ulid)
    }

    /// The text form.
    public var description: String { Self.prefix + ulid.description }

    /// Earlier sorts first.
    public static func < (left: Self, right: Self) -> Bool { left.ulid < right.ulid }
}

/// Names a job: `job_01ARZ3NDEKTSV4RRFFQ69G5FAV`.
public struct JobID: Identifier {
    /// What the text begins with.
    public static let prefix = "job_"
    /// What follows the prefix.
    public let ulid: ULID
    /// The identifier with this text behind its prefix.
    public init(_ ulid: ULID) { self.ulid = ulid }
}

/// Names one content of a dataset: what replaces it gets another one.
public struct DatasetID: Identifier {
    /// What the text begins with.
    public static let prefix = "ds_"
    /// What follows the prefix.
    public let ulid: ULID
    /// The identifier with this text behind its prefix.
    public init(_ ulid: ULID) { self.ulid = ulid }
}

/// Names a model for good: a model made later under the same name gets another one.
public struct ModelID: Identifier {
    /// What the text begins with.
    public static let prefix = "mdl_"
    /// What follows the prefix.
    public let ulid: ULID
    /// The identifier with this text behind its prefix.
    public init(_ ulid: ULID) { self.ulid = ulid }
}
