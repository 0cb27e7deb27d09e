import Foundation
import GRDB
import Protocol
import Training

/// A file that a fit's callback writes.
public struct JobFile: Sendable, Hashable {
    /// What it is called.
    public let name: String
    /// What it holds: `csv` or `events`.
    public let kind: String
    /// Its size so far.
    public let bytes: Int
    /// Changes with the content; fit for an `ETag`.
    public let version: Int
    /// When it was begun.
    public let createdAt: Timestamp
    /// When the last part was written.
    public let updatedAt: Timestamp
    /// Its name in the server's directory.
    let path: String
    /// Its place in the list of its job.
    let position: Int64
}

extension Store {
    /// The files of a job, in the order in which they were begun.
    /// - `after`: The last page's `next`.
    /// - Throws: 400 for an `after` that no page gave.
    public func files(
        of job: JobID, limit: Int = 50, after: String? = nil
    ) throws(Problem) -> Page<JobFile> {
        let position = after.map { Int64($0) } ?? 0
        guard let position else { throw .noCursor(after ?? "") }
        return try reading { database in
            let rows = try Row.fetchAll(
                database, sql: "SELECT * FROM job_file WHERE job_id = ? AND id > ? ORDER BY id LIMIT ?",
                arguments: [job.description, position, limit + 1])
            return Page(rows.map(JobFile.init(row:)), limit: limit) { "\($0.position)" }
        }
    }

    /// A file, and where it is.
    /// - Throws: 404.
    func file(_ name: String, of job: JobID) throws(Problem) -> (JobFile, path: String) {
        let found = try reading { database in
            if let file = try database.file(name, of: job) { return file }
            let known = try String.fetchAll(
                database, sql: "SELECT name FROM job_file WHERE job_id = ? ORDER BY id LIMIT 20",
                arguments: [job.description])
            throw Problem(
                .notFound,
                "\(job) has no file '\(name.prefix(260))'. " + Suggestion.sentence(for: name, among: known))
        }
        return (found, filePath(found.path))
    }

    /// Makes parts of a job's files durable, in their order.
    ///
    /// A part that begins before a file's end replaces what is behind it: a fit that goes on after a crash writes again
    /// what it has written since its last backup. Until the rest is written, readers see the file end there.
    func append(_ parts: [FilePart], to job: JobID) throws(Problem) {
        for part in Self.joined(parts) {
            let file = try opened(part, of: job)
            try wrapping { try Self.write(part.bytes, at: part.offset, to: filePath(file.path)) }
            if file.version == 0 { try wrapping { try Files.syncDirectory("\(directory)/files") } }
            try writing { database in
                try database.execute(
                    sql: """
                        UPDATE job_file SET bytes = ?, version = version + 1, updated_at = ? WHERE id = ?
                        """,
                    arguments: [part.offset + part.bytes.count, Timestamp.now.milliseconds, file.position])
            }
        }
    }

    /// The same with parts that follow each other in a file made one.
    private static func joined(_ parts: [FilePart]) -> [FilePart] {
        var names: [String] = []
        var joined: [String: [FilePart]] = [:]
        for part in parts {
            if joined[part.name] == nil { names.append(part.name) }
            if let last = joined[part.name]?.last, last.offset + last.bytes.count == part.offset {
                joined[part.name]?.removeLast()
                joined[part.name]?.append(
                    FilePart(
                        name: part.name, kind: part.kind, offset: last.offset, bytes: last.bytes + part.bytes)
                )
            } else {
                joined[part.name, default: []].append(part)
            }
        }
        return names.flatMap { joined[$0] ?? [] }
    }

    /// A part's file, which ends where the part begins.
    private func opened(_ part: FilePart, of job: JobID) throws(Problem) -> JobFile {
        let file = try reading { try $0.file(part.name, of: job) }
        if let file, file.bytes == part.offset { return file }
        guard part.offset <= file?.bytes ?? 0 else {
            throw Problem(.internalError, "A part of the file '\(part.name)' is missing.")
        }
        let made = try writing { database in
            if let file {
                try database.execute(
                    sql: "UPDATE job_file SET bytes = ?, version = version + 1 WHERE id = ?",
                    arguments: [part.offset, file.position])
            } else {
                let now = Timestamp.now.milliseconds
                try database.execute(
                    sql: """
                        INSERT INTO job_file (job_id, name, kind, path, bytes, version, created_at, updated_at)
                        VALUES (?, ?, ?, ?, 0, 0, ?, ?)
                        """,
                    arguments: [
                        job.description, part.name, part.kind.rawValue, "\(IdentifierSource.shared.next())",
                        now,
                        now,
                    ])
            }
            return try database.file(part.name, of: job)
        }
        guard let made else { throw Self.noJob(job) }
        return made
    }

    private static func write(_ bytes: [UInt8], at offset: Int, to path: String) throws {
        let descriptor = try Files.open(path, O_WRONLY | O_CREAT)
        defer { Glibc.close(descriptor) }
        guard ftruncate(descriptor, off_t(offset)) == 0, lseek(descriptor, 0, SEEK_END) == off_t(offset)
        else {
            throw SystemError("cut \(path)")
        }
        try bytes.withUnsafeBytes { try Files.write($0, to: descriptor) }
        try Files.sync(descriptor)
    }
}

extension JobFile {
    fileprivate init(row: Row) {
        self.init(
            name: row["name"], kind: row["kind"], bytes: row["bytes"], version: row["version"],
            createdAt: Timestamp(milliseconds: row["created_at"]),
            updatedAt: Timestamp(milliseconds: row["updated_at"]), path: row["path"], position: row["id"])
    }
}

extension Database {
    fileprivate func file(_ name: String, of job: JobID) throws -> JobFile? {
        try Row.fetchOne(
            self, sql: "SELECT * FROM job_file WHERE job_id = ? AND name = ?",
            arguments: [job.description, name]
        ).map(JobFile.init(row:))
    }
}
