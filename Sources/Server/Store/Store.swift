import Foundation
import GRDB
import Protocol

/// What the server keeps: rows in SQLite, arrays and weights in files, all in one directory.
///
/// What a verb that changes something has returned is on the disk: a crash or a power cut right after loses
/// none of it. Verbs that only read may block for a page fault, no longer; verbs that write wait for the
/// disk on a queue of the store's own and are `async`. Errors are `Problem`s: 404, 409 and 412 as the
/// contract has them, 507 when the directory is full.
public final class Store: Sendable {
    /// The directory.
    public let directory: String
    let database: DatabasePool
    /// Makes commits durable: the database's log is synced by it alone.
    let commits: CommitSync
    let blobs: BlobStore
    let contents = RecentContents()
    let arrayLimits: ArrayLimits
    /// Writes wait for each other here rather than each on a thread.
    let writer = DispatchQueue(label: "fitd.store.writer")
    let uploads = UploadQueues()
    private let lock: DirectoryLock

    /// Opens the store of a directory, which is made unless it is there, and removes what a crash left over.
    /// - `arrayLimits`: What an uploaded file may ask for.
    /// - Throws: a `StoreError` that tells an operator what to do.
    public init(directory: String, arrayLimits: ArrayLimits = .default) throws(StoreError) {
        self.directory = directory
        self.arrayLimits = arrayLimits
        do {
            try Files.makeDirectories(directory)
            lock = try DirectoryLock(directory)
            try Files.makeDirectory("\(directory)/jobs")
            try Files.makeDirectory("\(directory)/files")
            blobs = try BlobStore(directory: "\(directory)/blobs", temporary: "\(directory)/tmp")
            let path = "\(directory)/fitd.sqlite"
            database = try Self.openDatabase(path)
            commits = try Self.commitSync(of: path)
            try Files.syncDirectory(directory)
            try removeLeftovers()
        } catch let error as StoreError {
            throw error
        } catch {
            throw StoreError("The data directory \(directory) cannot be used: \(error).")
        }
    }

    /// SQLite gives its log and its index the mode of the database, and a new database one that others may read.
    static func makePrivate(_ path: String) throws {
        Glibc.close(try Files.open(path, O_RDWR | O_CREAT))
        // Older versions left it to SQLite. A file system without modes refuses, and has nothing to mend.
        for file in [path, "\(path)-wal", "\(path)-shm"] { _ = chmod(file, 0o600) }
    }

    private static func openDatabase(_ path: String) throws -> DatabasePool {
        try makePrivate(path)
        var configuration = Configuration()
        configuration.maximumReaderCount = 4
        configuration.busyMode = .timeout(5)
        let database = try DatabasePool(path: path, configuration: configuration)
        let migrator = Schema.migrator
        guard try !database.read(migrator.hasBeenSuperseded) else {
            throw StoreError(
                "\(path) was written by a newer version of fitd. Start that version, or choose another --data-dir."
            )
        }
        try migrator.migrate(database)
        return database
    }

    /// GRDB sets `synchronous=NORMAL` for a log, so that its last commits are on the disk only when it is synced.
    private static func commitSync(of path: String) throws -> CommitSync {
        let log = try Descriptor(Files.open("\(path)-wal", O_RDWR | O_CREAT))
        return CommitSync {
            guard fdatasync(log.number) == 0 else { throw SystemError("sync the database's log") }
        }
    }

    private func removeLeftovers() throws {
        try database.write { database in
            try database.execute(
                sql: """
                    DELETE FROM dataset WHERE NOT is_current
                        AND id NOT IN (SELECT dataset_id FROM job_dataset)
                    """)
        }
        let blobNames = try database.read { try Self.blobNames($0) }
        try blobs.sweep(keeping: blobNames)
        let fileNames = try database.read { try Set(Self.fileSizes($0).keys) }
        for name in try Files.names(in: "\(directory)/files") where !fileNames.contains(name) {
            try Files.remove(filePath(name))
        }
        try removeJobLeftovers()
    }

    /// The blobs that rows name.
    static func blobNames(_ database: Database) throws -> Set<String> {
        try Set(
            String.fetchAll(
                database,
                sql: """
                    SELECT blob FROM dataset_array
                    UNION SELECT state_blob FROM model WHERE state_blob IS NOT NULL
                    UNION SELECT blob FROM checkpoint
                    """))
    }

    /// The bytes of each file that callbacks write; none in a directory of an older version.
    static func fileSizes(_ database: Database) throws -> [String: Int] {
        guard try database.tableExists("job_file") else { return [:] }
        let rows = try Row.fetchAll(database, sql: "SELECT path, bytes FROM job_file")
        return Dictionary(rows.map { ($0[0] as String, $0[1] as Int) }, uniquingKeysWith: { $1 })
    }

    /// Of an ended job stays the event log, where it is big, and nothing else.
    private func removeJobLeftovers() throws {
        let rows = try database.read { database in
            try Row.fetchAll(database, sql: "SELECT id, status <> 'queued' FROM job WHERE events IS NULL")
        }
        let isEnded = Dictionary(uniqueKeysWithValues: rows.map { ($0[0] as String, $0[1] as Bool) })
        for name in try Files.names(in: "\(directory)/jobs") {
            let path = "\(directory)/jobs/\(name)"
            switch isEnded[name] {
            case nil: try Files.removeDirectory(path)
            case true?: try CheckpointFiles(directory: path).removeAll()
            case false?: break
            }
        }
    }

    /// The directory of a job's event log and checkpoints.
    func jobDirectory(_ id: JobID) -> String { "\(directory)/jobs/\(id)" }

    /// Where a file that a job's callbacks write is, by the name that the server has given it.
    func filePath(_ name: String) -> String { "\(directory)/files/\(name)" }

    /// Whether the store can take something in now.
    /// - Throws: 507 when the directory is gone, read-only, or has less than 4 MiB free.
    public func checkHealth() throws(Problem) {
        var space = statvfs()
        guard statvfs("\(directory)/tmp", &space) == 0 else {
            throw Problem(storing: SystemError("find \(directory)"))
        }
        guard space.f_flag & UInt(ST_RDONLY) == 0, access("\(directory)/tmp", W_OK) == 0 else {
            throw Problem(.insufficientStorage, "The data directory is read-only.")
        }
        guard UInt64(space.f_bavail) * UInt64(space.f_frsize) >= 4 << 20 else { throw .storageFull }
    }

    /// Bytes that the directory has room for.
    public func freeBytes() throws(Problem) -> Int {
        var space = statvfs()
        guard statvfs(directory, &space) == 0 else {
            throw Problem(storing: SystemError("find \(directory)"))
        }
        return Int(clamping: UInt64(space.f_bavail) * UInt64(space.f_frsize))
    }

    /// Bytes that datasets, models, checkpoints and the files of jobs take, each content counted once.
    public func storedBytes() throws(Problem) -> Int {
        do {
            let blobs = try Files.names(in: "\(directory)/blobs").map(blobs.path)
            let files = try Files.names(in: "\(directory)/files").map(filePath)
            return (blobs + files).reduce(0) { sum, path in
                var information = stat()
                return stat(path, &information) == 0 ? sum + Int(information.st_size) : sum
            }
        } catch {
            throw Problem(storing: error)
        }
    }

    /// Closes the database, with all that was written in its main file.
    public func close() throws(Problem) {
        do {
            try database.close()
        } catch {
            throw Problem(storing: error)
        }
    }
}

/// Why a store cannot be opened, for the operator who starts the server.
public struct StoreError: Error, CustomStringConvertible {
    /// What is wrong, and what to do.
    public let description: String

    init(_ description: String) { self.description = description }
}

/// An open file, closed with its last holder.
private final class Descriptor: Sendable {
    let number: Int32

    init(_ number: Int32) { self.number = number }

    deinit { Glibc.close(number) }
}

/// Keeps a second server out of a data directory; the system lets go of it when the process ends.
private final class DirectoryLock: Sendable {
    private let descriptor: Int32

    init(_ directory: String) throws {
        descriptor = try Files.open("\(directory)/lock", O_RDWR | O_CREAT)
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            Glibc.close(descriptor)
            throw StoreError("Another fitd uses \(directory). Stop it, or choose another --data-dir.")
        }
    }

    deinit { Glibc.close(descriptor) }
}
