import Foundation
import GRDB
import Protocol

/// A copy of a data directory at one moment, laid out as one: `fitd.sqlite`, `blobs`, `files` and `jobs`.
///
/// It is taken while a server may run. Blobs never change, so they are copied before the database and, those that
/// came meanwhile, after it. Files of jobs grow at their end, so they are copied after it. Event logs and checkpoints
/// of running jobs are copied before it, as a crash at that moment would leave them.
public struct Backup {
    /// Where the copy is.
    public let directory: String
    private let blobs: Set<String>
    /// The files that callbacks write, and how many bytes of each the rows count on.
    private let files: [String: Int]

    /// How many files the datasets, models, checkpoints and jobs' own files are in.
    public var fileCount: Int { blobs.count + files.count }

    /// A blob that goes away while it is copied belongs to a row that has changed; then the rows are copied again.
    private static let mostAttempts = 10

    /// Copies a data directory.
    /// - `target`: A directory that is empty or not there yet.
    /// - Throws: What an operator has to mend.
    public static func make(of source: String, in target: String) throws(StoreError) -> Backup {
        do {
            guard access("\(source)/fitd.sqlite", F_OK) == 0 else {
                throw StoreError("\(source) is no data directory of fitd: there is no fitd.sqlite in it.")
            }
            try makeEmptyDirectory(target)
            return try copy(source, to: target)
        } catch let error as StoreError {
            throw error
        } catch {
            throw StoreError("\(source) cannot be copied to \(target): \(error)")
        }
    }

    private static func copy(_ source: String, to target: String) throws -> Backup {
        let snapshot = "\(target)/fitd.sqlite"
        for _ in 0..<mostAttempts {
            try copyFiles("\(source)/blobs", to: "\(target)/blobs")
            for job in try Files.names(in: "\(source)/jobs") {
                try copyJob("\(source)/jobs/\(job)", to: "\(target)/jobs/\(job)")
            }
            try Store.makePrivate(snapshot)
            let database = try open(source)
            try database.writeWithoutTransaction {
                try $0.execute(sql: "VACUUM INTO ?", arguments: [snapshot])
            }
            try database.close()
            let backup = try Backup(reading: target)
            try copyFiles("\(source)/blobs", to: "\(target)/blobs", only: backup.blobs)
            try copyFiles("\(source)/files", to: "\(target)/files", only: Set(backup.files.keys))
            if backup.missing.isEmpty {
                try backup.copyKeptLogs(from: source)
                try sync(target)
                return backup
            }
            try Files.remove(snapshot)
            for name in try Files.names(in: "\(target)/files") { try Files.remove("\(target)/files/\(name)") }
        }
        throw StoreError(
            "\(source) changes faster than it can be copied. Try again when the server has less to do.")
    }

    /// Opens a backup, and looks at nothing but its rows.
    private init(reading directory: String) throws {
        self.directory = directory
        let database = try Self.open(directory)
        blobs = try database.read { try Store.blobNames($0) }
        files = try database.read { try Store.fileSizes($0) }
        try database.close()
    }

    /// What rows name and is not here, or not whole.
    private var missing: [String] {
        let absent = blobs.map { "blobs/\($0)" }.filter { access("\(directory)/\($0)", F_OK) != 0 }
        let short = files.filter { name, bytes in
            var information = stat()
            return stat("\(directory)/files/\(name)", &information) != 0
                ? bytes > 0 : information.st_size < bytes
        }
        return absent + short.keys.map { "files/\($0)" }
    }

    /// Of a job that has ended with a big log the file is final; what was copied before the rows may be a part of it.
    private func copyKeptLogs(from source: String) throws {
        let database = try Self.open(directory)
        let jobs = try database.read { database in
            try String.fetchAll(
                database, sql: "SELECT id FROM job WHERE events IS NULL AND status <> 'queued'")
        }
        try database.close()
        for job in jobs {
            let name = "jobs/\(job)/events.ndjson"
            try Files.makeDirectory("\(directory)/jobs/\(job)")
            try Files.remove("\(directory)/\(name)")
            guard try Self.copyFile("\(source)/\(name)", to: "\(directory)/\(name)") else {
                throw SystemError("find \(source)/\(name)", code: ENOENT)
            }
        }
    }

    private static func open(_ directory: String) throws -> DatabaseQueue {
        var configuration = Configuration()
        configuration.busyMode = .timeout(5)
        return try DatabaseQueue(path: "\(directory)/fitd.sqlite", configuration: configuration)
    }

    // MARK: - Going back

    /// Makes a data directory of a backup.
    /// - `target`: A directory that is empty or not there yet.
    /// - Throws: What an operator has to mend; a damaged backup is named with the file that is damaged, before
    ///   anything is written.
    public static func restore(_ directory: String, to target: String) throws(StoreError) -> Backup {
        do {
            guard access("\(directory)/fitd.sqlite", F_OK) == 0 else {
                throw StoreError("\(directory) is no backup of fitd: there is no fitd.sqlite in it.")
            }
            let backup = try Backup(reading: directory)
            try backup.verify()
            try makeEmptyDirectory(target)
            try copyFiles("\(directory)/blobs", to: "\(target)/blobs", only: backup.blobs)
            try copyFiles("\(directory)/files", to: "\(target)/files", only: Set(backup.files.keys))
            for job in try Files.names(in: "\(directory)/jobs") {
                try copyJob("\(directory)/jobs/\(job)", to: "\(target)/jobs/\(job)")
            }
            // Last, so that what was broken off is no data directory.
            _ = try copyFile("\(directory)/fitd.sqlite", to: "\(target)/fitd.sqlite")
            try sync(target)
            return backup
        } catch let error as StoreError {
            throw error
        } catch {
            throw StoreError("\(directory) cannot be copied to \(target): \(error)")
        }
    }

    private func verify() throws {
        let database = try Self.open(directory)
        let faults = try database.read { try String.fetchAll($0, sql: "PRAGMA integrity_check") }
        try database.close()
        guard faults == ["ok"] else { throw StoreError("\(directory)/fitd.sqlite is damaged: \(faults[0])") }
        if let name = missing.min() { throw StoreError("\(directory)/\(name) is missing.") }
        for name in blobs.sorted() {
            let hash = SHA256()
            try MappedFile(path: "\(directory)/blobs/\(name)").withBytes { hash.update($0) }
            guard hash.finalize() == name else { throw StoreError("\(directory)/blobs/\(name) is damaged.") }
        }
    }

    // MARK: - Files

    private static func makeEmptyDirectory(_ path: String) throws {
        try FileManager.default.createDirectory(
            atPath: path, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        // A file system of its own has this one from the start.
        guard try Files.names(in: path).allSatisfy({ $0 == "lost+found" }) else {
            throw StoreError("\(path) is not empty. Name a directory that is, or one that is not there yet.")
        }
        try Files.makeDirectory("\(path)/blobs")
        try Files.makeDirectory("\(path)/files")
        try Files.makeDirectory("\(path)/jobs")
    }

    /// Copies the files of a directory that are not in the other yet.
    private static func copyFiles(_ source: String, to target: String, only names: Set<String>? = nil) throws
    {
        for name in try ifThere({ try Files.names(in: source) }) ?? [] where names?.contains(name) != false {
            if access("\(target)/\(name)", F_OK) != 0 {
                _ = try copyFile("\(source)/\(name)", to: "\(target)/\(name)")
            }
        }
    }

    /// Copies what a job goes on from: checkpoints first, since a log may tell more than they hold, and never less.
    private static func copyJob(_ source: String, to target: String) throws {
        try Files.removeDirectory(target)
        try Files.makeDirectory(target)
        let names = try ifThere { try Files.names(in: source) } ?? []
        for name in names.filter({ $0 != "events.ndjson" && $0 != "new" }) + ["events.ndjson"] {
            _ = try copyFile("\(source)/\(name)", to: "\(target)/\(name)")
        }
    }

    /// Copies a file and syncs the copy; false when the file is no longer there.
    private static func copyFile(_ source: String, to target: String) throws -> Bool {
        try ifThere { try Files.copy(source, to: target) } != nil
    }

    /// What `body` reads; nil when it is gone.
    private static func ifThere<Value>(_ body: () throws -> Value) throws -> Value? {
        do {
            return try body()
        } catch let error as SystemError where error.code == ENOENT {
            return nil
        }
    }

    private static func sync(_ target: String) throws {
        for job in try Files.names(in: "\(target)/jobs") { try Files.syncDirectory("\(target)/jobs/\(job)") }
        for name in ["jobs", "blobs", "files", "."] { try Files.syncDirectory("\(target)/\(name)") }
    }
}
