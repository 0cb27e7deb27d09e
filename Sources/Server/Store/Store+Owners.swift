import GRDB
import Protocol

/// Who stores a dataset, and how much it may store.
public struct StorageShare: Sendable, Hashable {
    /// The name of the owner's token.
    public var owner: String
    /// Bytes of all its datasets; nil for any number.
    public var limit: Int?

    /// A share.
    public init(owner: String, limit: Int?) {
        self.owner = owner
        self.limit = limit
    }

    var exceeded: Problem {
        Problem(
            .insufficientStorage,
            "The datasets of the token \(owner) would take more than \(limit ?? 0) bytes. Delete some, or ask the operator for more."
        )
    }
}

/// What is left of a share.
struct StorageRoom: Sendable {
    private let share: StorageShare
    private let bytes: Int

    /// Nil where there is no limit.
    init?(_ share: StorageShare?, _ bytes: Int?) {
        guard let share, let bytes else { return nil }
        (self.share, self.bytes) = (share, bytes)
    }

    /// - Throws: 507 for arrays that take more.
    func check(_ arrays: [ArrayDescription]) throws(Problem) {
        guard arrays.reduce(0, { $0 + $1.byteCount }) <= bytes else { throw share.exceeded }
    }
}

extension Store {
    /// Bytes of the datasets that each token has stored.
    public func ownedBytes() throws(Problem) -> [String: Int] {
        try reading { database in
            let rows = try Row.fetchAll(
                database, sql: "SELECT owner, sum(bytes) AS bytes FROM dataset_owner GROUP BY owner")
            return Dictionary(uniqueKeysWithValues: rows.map { ($0["owner"], $0["bytes"]) })
        }
    }

    /// How many bytes more a share may take; nil for any number.
    /// - `name`: The dataset that makes room, being replaced.
    public func room(in share: StorageShare?, replacing name: String?) throws(Problem) -> Int? {
        guard let share, let limit = share.limit else { return nil }
        return try reading { database in
            let freed = try Int.fetchOne(
                database,
                sql: """
                    SELECT o.bytes FROM dataset_owner o JOIN dataset d ON d.id = o.dataset_id
                    WHERE d.name = ? AND d.is_current AND o.owner = ?
                    """, arguments: [name, share.owner])
            return max(0, limit - (try database.ownedBytes(share.owner)) + (freed ?? 0))
        }
    }
}

extension Database {
    /// Counts a content in its owner's share.
    /// - Throws: 507 when that is more than the share.
    func own(_ dataset: Dataset, _ share: StorageShare?) throws {
        guard let share else { return }
        try execute(
            sql: "INSERT INTO dataset_owner VALUES (?, ?, ?)",
            arguments: [
                dataset.id.description, share.owner, dataset.arrays.reduce(0) { $0 + $1.byteCount },
            ])
        if let limit = share.limit, try ownedBytes(share.owner) > limit { throw share.exceeded }
    }

    fileprivate func ownedBytes(_ owner: String) throws -> Int {
        try Int.fetchOne(
            self, sql: "SELECT sum(bytes) FROM dataset_owner WHERE owner = ?", arguments: [owner]) ?? 0
    }
}
