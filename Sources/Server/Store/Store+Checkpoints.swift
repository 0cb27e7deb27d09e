import Foundation
import GRDB
import Protocol

/// A model that a fit has kept under a name.
public struct NamedCheckpoint: Sendable, Hashable {
    /// What it is called.
    public let name: String
    /// The epoch, from 1.
    public let epoch: Int
    /// The batch of the epoch, from 1; nil at the epoch's end.
    public let step: Int?
    /// The figures at that time.
    public let logs: JSONValue
    /// The size of its `.npz` file.
    public let bytes: Int
    /// The SHA-256 of that file, in hexadecimal; fit for an `ETag`.
    public let sha256: String
    /// When it was stored.
    public let createdAt: Timestamp
    /// Its place in the list of its job.
    let position: Int64
}

/// A checkpoint whose file is written and not yet kept.
struct StagedCheckpoint {
    let name: String
    let epoch: Int
    let step: Int?
    let logs: JSONValue
    let file: StagedFile
}

extension Store {
    /// The checkpoints of a job, in the order in which they were saved.
    /// - `after`: The last page's `next`.
    /// - Throws: 400 for an `after` that no page gave.
    public func checkpoints(
        of job: JobID, limit: Int = 50, after: String? = nil
    ) throws(Problem) -> Page<NamedCheckpoint> {
        let position = after.map { Int64($0) } ?? 0
        guard let position else { throw .noCursor(after ?? "") }
        return try reading { database in
            let rows = try Row.fetchAll(
                database,
                sql: "SELECT * FROM checkpoint WHERE job_id = ? AND id > ? ORDER BY id LIMIT ?",
                arguments: [job.description, position, limit + 1])
            return Page(try rows.map(NamedCheckpoint.init(row:)), limit: limit) { "\($0.position)" }
        }
    }

    /// A checkpoint, and where its file is.
    /// - Throws: 404.
    func checkpoint(_ name: String, of job: JobID) throws(Problem) -> (NamedCheckpoint, path: String) {
        let found = try reading { database in
            let row = try Row.fetchOne(
                database, sql: "SELECT * FROM checkpoint WHERE job_id = ? AND name = ?",
                arguments: [job.description, name])
            if let row { return try NamedCheckpoint(row: row) }
            let known = try String.fetchAll(
                database, sql: "SELECT name FROM checkpoint WHERE job_id = ? ORDER BY id DESC LIMIT 20",
                arguments: [job.description])
            throw Problem(
                .notFound,
                "\(job) has no checkpoint '\(name.prefix(260))'. "
                    + Suggestion.sentence(for: name, among: known))
        }
        return (found, blobs.path(found.sha256))
    }

    /// Keeps checkpoints of a job; each replaces the one that has its name.
    ///
    /// One that is there already, or is older than what is there, stays out: a fit that goes on after a crash makes
    /// again what it has made since its last backup.
    /// - Returns: Which of them are there now.
    func keep(_ staged: [StagedCheckpoint], of job: JobID) throws(Problem) -> [Bool] {
        var files = try wrapping { try adopt(staged.map(\.file)) }
        let results = try keeping(files) { () throws(Problem) in
            try writing { database in try zip(staged, files).map { try database.keep($0, $1, of: job) } }
        }
        // Let go of, so that those that found no place can be removed.
        files = []
        collect(results.compactMap { $0.freed })
        return results.map(\.isKept)
    }
}

extension NamedCheckpoint {
    fileprivate init(row: Row) throws {
        self.init(
            name: row["name"], epoch: row["epoch"], step: row["step"],
            logs: try JSONValue(stored: row["logs"]), bytes: row["bytes"], sha256: row["blob"],
            createdAt: Timestamp(milliseconds: row["created_at"]), position: row["id"])
    }
}

extension Database {
    /// Writes a checkpoint's row unless there is a newer one of its name.
    /// - Returns: Whether it is there now, and a blob that perhaps no row names any more.
    fileprivate func keep(
        _ staged: StagedCheckpoint, _ file: Blob, of job: JobID
    ) throws -> (isKept: Bool, freed: String?) {
        let old = try Row.fetchOne(
            self, sql: "SELECT epoch, step, blob FROM checkpoint WHERE job_id = ? AND name = ?",
            arguments: [job.description, staged.name])
        if let old {
            let place: (Int, Int) = (old["epoch"], old["step"] ?? .max)
            let new = (staged.epoch, staged.step ?? .max)
            if place >= new { return (place == new, file.sha256) }
        }
        try execute(
            sql: """
                INSERT OR REPLACE INTO checkpoint (job_id, name, epoch, step, logs, bytes, blob, created_at)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?)
                """,
            arguments: [
                job.description, staged.name, staged.epoch, staged.step, staged.logs.encodedString(),
                file.count, file.sha256, Timestamp.now.milliseconds,
            ])
        return (true, old?["blob"])
    }
}

extension Problem {
    /// 400 for an `?after=` that no page gave.
    static func noCursor(_ text: String) -> Problem {
        Problem(.malformed, "'\(text.prefix(140))' is no cursor; send the 'next' of a page as it is.")
    }
}
