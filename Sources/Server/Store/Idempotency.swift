import Foundation
import GRDB
import OrderedCollections
import Protocol

/// The answer to a request, kept so that a repeat of the request gets it again.
public struct StoredAnswer: Sendable, Hashable {
    /// The HTTP status.
    public var status: Int
    /// The header fields that matter, such as `Location`.
    public var fields: JSONObject
    /// The content.
    public var body: [UInt8]

    /// An answer.
    public init(status: Int, fields: JSONObject = [:], body: [UInt8]) {
        self.status = status
        self.fields = fields
        self.body = body
    }
}

/// An `Idempotency-Key` and what it was sent with.
public struct IdempotencyKey: Sendable, Hashable {
    /// The key, told apart by method and path: `POST /v1/datasets 8e03978e`.
    public var key: String
    /// A hash of the request's content.
    public var requestHash: String
    /// The name of the token whose it is; empty where there are no tokens.
    public var owner: String

    /// A key.
    public init(key: String, requestHash: String, owner: String = "") {
        self.key = key
        self.requestHash = requestHash
        self.owner = owner
    }
}

/// How the answer to a request with an `Idempotency-Key` follows from what the request made; it is stored in
/// the transaction that makes it.
public struct Idempotency<Made: Sendable>: Sendable {
    let key: IdempotencyKey
    let answer: @Sendable (Made) -> StoredAnswer

    /// A key and the answer for what is made.
    public init(_ key: IdempotencyKey, answer: @escaping @Sendable (Made) -> StoredAnswer) {
        self.key = key
        self.answer = answer
    }
}

/// What has become of a request that makes something.
public enum Accepted<Made: Sendable>: Sendable {
    /// It was made now.
    case made(Made)
    /// It was made by the same request before; this was the answer.
    case repeated(StoredAnswer)
}

extension Store {
    /// The answer that a request with this key got within the last 24 hours, or nil. Of each owner 64 MiB of answers are
    /// kept, the newest.
    /// - Throws: 422 when the request was another one.
    public func answer(for key: IdempotencyKey) throws(Problem) -> StoredAnswer? {
        try reading { try $0.answer(for: key) }
    }

    /// Makes something in one transaction, unless the same request made it before.
    func making<Made: Sendable>(
        _ idempotency: Idempotency<Made>?, _ make: (Database) throws -> Made
    ) throws(Problem) -> Accepted<Made> {
        let accepted = try committingMade(idempotency, make)
        try commits.wait()
        return accepted
    }

    /// The same, without waiting for the disk.
    func committingMade<Made: Sendable>(
        _ idempotency: Idempotency<Made>?, _ make: (Database) throws -> Made
    ) throws(Problem) -> Accepted<Made> {
        try committing { database in
            guard let idempotency else { return .made(try make(database)) }
            if let answer = try database.answer(for: idempotency.key) { return .repeated(answer) }
            let made = try make(database)
            try database.store(idempotency.answer(made), for: idempotency.key)
            return .made(made)
        }
    }
}

extension Database {
    private static let lifetime: Int64 = 24 * 3600 * 1000
    /// Bytes of all answers that one owner has.
    private static let mostAnswers = 64 << 20

    fileprivate func answer(for key: IdempotencyKey) throws -> StoredAnswer? {
        let row = try Row.fetchOne(
            self, sql: "SELECT * FROM answer WHERE key = ? AND created_at > ?",
            arguments: [key.key, Timestamp.now.milliseconds - Self.lifetime])
        guard let row else { return nil }
        guard row["request_hash"] == key.requestHash else {
            throw Problem(
                .unprocessable,
                "This Idempotency-Key was sent before with another content; send a new key for a new request."
            )
        }
        let body: Data = row["body"]
        return StoredAnswer(
            status: row["status"], fields: try JSONValue(stored: row["fields"]).object ?? [:],
            body: Array(body))
    }

    fileprivate func store(_ answer: StoredAnswer, for key: IdempotencyKey) throws {
        let now = Timestamp.now.milliseconds
        try execute(sql: "DELETE FROM answer WHERE created_at <= ?", arguments: [now - Self.lifetime])
        let fields = JSONValue.object(answer.fields).encodedString()
        try execute(
            sql: "INSERT INTO answer VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            arguments: [
                key.key, key.requestHash, answer.status, fields, Data(answer.body), now, key.owner,
                key.key.utf8.count + key.requestHash.utf8.count + fields.utf8.count + answer.body.count,
            ])
        try keepNewestAnswers(of: key)
    }

    /// Removes an owner's oldest answers until the rest is not too much; the one for `key` stays.
    private func keepNewestAnswers(of key: IdempotencyKey) throws {
        func bytes() throws -> Int {
            try Int.fetchOne(
                self, sql: "SELECT bytes FROM answer_owner WHERE owner = ?", arguments: [key.owner]) ?? 0
        }
        while try bytes() > Self.mostAnswers {
            try execute(
                sql: """
                    DELETE FROM answer WHERE key IN (
                        SELECT key FROM answer WHERE owner = ? AND key <> ? ORDER BY created_at LIMIT 1)
                    """, arguments: [key.owner, key.key])
            guard changesCount > 0 else { return }
        }
    }
}
