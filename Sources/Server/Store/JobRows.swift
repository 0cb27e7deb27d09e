import Foundation
import GRDB
import OrderedCollections
import Protocol

/// How a job ended, and all that is written with its end.
struct JobEnding: Sendable {
    var status: JobStatus
    var startedAt: Timestamp?
    var finishedAt: Timestamp
    var progress: JobProgress?
    var result: JSONValue?
    var error: Problem?
    var history: History
    /// The whole event log where it is small; nil when its file is kept.
    var events: [UInt8]?
    var model: ModelChange?
    var dataset: StagedDataset?
}

/// Which jobs a list shows.
public struct JobFilter: Sendable, Hashable {
    /// How far they are.
    public var status: JobStatus?
    /// What they do.
    public var type: JobType?
    /// The name of their model.
    public var model: String?

    /// All jobs, or those for which all that is given holds.
    public init(status: JobStatus? = nil, type: JobType? = nil, model: String? = nil) {
        self.status = status
        self.type = type
        self.model = model
    }
}

extension Store {
    /// A job's row; what has not ended is queued there. A big request is left out.
    func job(_ id: JobID) throws(Problem) -> Job {
        try reading { database in
            let row = try database.row("\(Database.selectJob) WHERE id = ?", [id.description])
            guard let row else { throw Self.noJob(id) }
            return try database.job(row)
        }
    }

    /// Jobs' rows, newest first, without their requests, which may be big.
    func jobs(_ filter: JobFilter, limit: Int, after: JobID?) throws(Problem) -> [Job] {
        try reading { database in
            var conditions = ["id < ?"]
            // All identifiers sort before this text.
            var arguments: StatementArguments = [after?.description ?? "job_~"]
            for (column, value) in [
                ("status", filter.status?.rawValue), ("type", filter.type?.rawValue), ("model", filter.model),
            ] {
                guard let value else { continue }
                conditions.append("\(column) = ?")
                arguments += [value]
            }
            arguments += [limit]
            let rows = try database.rows(
                """
                \(Database.listJob) WHERE \(conditions.joined(separator: " AND "))
                ORDER BY id DESC LIMIT ?
                """, arguments)
            return try rows.map(database.job)
        }
    }

    /// The jobs that have not ended, oldest first; how often each has ended the process, and whether it is to
    /// be cancelled.
    func unfinishedJobs() throws(Problem) -> [(job: Job, attempts: Int, isCancelled: Bool)] {
        try reading { database in
            let rows = try database.rows("\(Database.selectJob) WHERE status = 'queued' ORDER BY id")
            return try rows.map { (try database.job($0), $0["attempts"], $0["is_cancelled"]) }
        }
    }

    /// What a job was asked for, however big.
    func request(of id: JobID) throws(Problem) -> JSONValue {
        try reading { database in
            let text = try database.string("SELECT request FROM job WHERE id = ?", [id.description])
            guard let text else { throw Self.noJob(id) }
            return try JSONValue(stored: text)
        }
    }

    /// Remembers that a job that runs is to be cancelled, should the process die before it is.
    func markCancelled(_ id: JobID) throws(Problem) {
        try writing { database in
            try database.run("UPDATE job SET is_cancelled = TRUE WHERE id = ?", [id.description])
        }
    }

    /// How many jobs ended in each way.
    func endedJobCounts() throws(Problem) -> [JobStatus: Int] {
        try reading { database in
            var counts: [JobStatus: Int] = [:]
            for row in try database.rows("SELECT status, count(*) AS n FROM job GROUP BY status") {
                if let status = JobStatus(rawValue: row["status"]), status.isEnded {
                    counts[status] = row["n"]
                }
            }
            return counts
        }
    }

    func setAttempts(_ attempts: [JobID: Int]) throws(Problem) {
        guard !attempts.isEmpty else { return }
        try writing { database in
            for (id, count) in attempts {
                try database.run("UPDATE job SET attempts = ? WHERE id = ?", [count, id.description])
            }
        }
    }

    /// Writes a job's end, what it changed, and lets its datasets go, in one transaction.
    /// - Returns: Blobs that rows perhaps no longer name, to be collected.
    func finish(_ job: Job, _ ending: JobEnding) throws(Problem) -> [String] {
        let staged = ending.dataset?.blobs ?? []
        let blob = try keeping(staged) { () throws(Problem) in try stateBlob(ending.model) }
        let freed = try keeping(staged + [blob].compactMap { $0 }) { () throws(Problem) in
            try writing { database in
                var freed: [String] = []
                if let change = ending.model {
                    freed += try database.apply(change, stateBlob: blob, to: job.modelID)
                }
                if let staged = ending.dataset {
                    try database.insert(staged.dataset(), blobs: staged.blobs.map(\.sha256), isCurrent: true)
                }
                try database.finish(job.id, ending)
                return try freed + database.releaseDatasets(of: job.id)
            }
        }
        blob?.release()
        return freed
    }

    /// Jobs that ended before a moment.
    func endedJobs(before time: Timestamp, limit: Int) throws(Problem) -> [JobID] {
        try reading { database in
            let ids = try database.strings(
                "SELECT id FROM job WHERE finished_at < ? LIMIT ?",
                [time.milliseconds, limit])
            return try ids.map(database.identifier)
        }
    }

    /// Forgets an ended job.
    func deleteJob(_ id: JobID) throws(Problem) {
        let (freed, files) = try writing { database in
            let blobs = try database.strings("SELECT blob FROM checkpoint WHERE job_id = ?", [id.description])
            let files = try database.strings("SELECT path FROM job_file WHERE job_id = ?", [id.description])
            try database.run("DELETE FROM job WHERE id = ?", [id.description])
            return (blobs, files)
        }
        collect(freed)
        // What cannot be removed now goes at the next start.
        for file in files { try? Files.remove(filePath(file)) }
        try? Files.removeDirectory(jobDirectory(id))
    }

    /// An ended job's events as NDJSON; nil when they are in its file.
    func storedEvents(_ id: JobID) throws(Problem) -> [UInt8]? {
        try reading { database in
            try Data.fetchOne(
                database, sql: "SELECT events FROM job WHERE id = ?", arguments: [id.description]
            )
            .map { Array($0) }
        }
    }

    /// An ended job's History.
    func storedHistory(_ id: JobID) throws(Problem) -> History {
        try reading { database in
            let text = try database.string("SELECT history FROM job WHERE id = ?", [id.description])
            return try text.flatMap { History(record: try JSONValue(stored: $0)) } ?? History()
        }
    }

    static func noJob(_ id: JobID) -> Problem { Problem(.notFound, "There is no job \(id).") }
}

extension Database {
    /// A bigger request is read when its job runs: parsed, it takes some thirty times as much, and a thousand may wait.
    private static let mostKeptRequest = 4096

    /// A job's columns but for what may be big: its events, its History and a big request.
    static let selectJob = selectJob(
        request: "CASE WHEN length(request) <= \(mostKeptRequest) THEN request END")

    /// The same without any request.
    static let listJob = selectJob(request: "NULL")

    private static func selectJob(request: String) -> String {
        """
        SELECT id, type, model, model_id, status, \(request) AS request, seed, attempts, is_cancelled, created_at,
            started_at, finished_at, progress, result, error
        FROM job
        """
    }

    func job(_ row: Row) throws -> Job {
        guard let type = JobType(rawValue: row["type"]), let status = JobStatus(rawValue: row["status"])
        else {
            throw Self.damaged
        }
        let id: JobID = try identifier(row["id"])
        func json(_ column: String) throws -> JSONValue? {
            try (row[column] as String?).map(JSONValue.init(stored:))
        }
        func time(_ column: String) -> Timestamp? {
            (row[column] as Int64?).map(Timestamp.init(milliseconds:))
        }
        var datasets: OrderedDictionary<String, DatasetID> = [:]
        for held in try rows(
            "SELECT name, dataset_id FROM job_dataset WHERE job_id = ? ORDER BY name", [id.description])
        {
            datasets[held["name"]] = try identifier(held["dataset_id"])
        }
        return Job(
            id: id, type: type, model: row["model"], modelID: try identifier(row["model_id"]), status: status,
            createdAt: Timestamp(milliseconds: row["created_at"]), startedAt: time("started_at"),
            finishedAt: time("finished_at"), progress: try json("progress").flatMap(JobProgress.init(json:)),
            result: try json("result"), error: try json("error").flatMap(Problem.init(json:)),
            request: try json("request") ?? .null, seed: row["seed"], datasets: datasets)
    }

    /// Writes a job's row, and that it holds its datasets.
    /// - Returns: The job as it is kept in memory.
    func insert(_ job: Job) throws -> Job {
        let request = job.request.encodedString()
        try run(
            """
            INSERT INTO job (id, type, model, model_id, status, request, seed, attempts, is_cancelled,
                created_at)
            VALUES (?, ?, ?, ?, 'queued', ?, ?, 0, FALSE, ?)
            """,
            [
                job.id.description, job.type.rawValue, job.model, job.modelID.description,
                request, job.seed, job.createdAt.milliseconds,
            ])
        for (name, dataset) in job.datasets {
            guard try exists("SELECT 1 FROM dataset WHERE id = ?", [dataset.description]) else {
                throw Problem(
                    .conflict, "Dataset '\(name)' was replaced or deleted at the same time; try again.")
            }
            try run(
                "INSERT INTO job_dataset VALUES (?, ?, ?)", [job.id.description, name, dataset.description])
        }
        guard request.utf8.count > Self.mostKeptRequest else { return job }
        var kept = job
        kept.request = .null
        return kept
    }

    fileprivate func finish(_ id: JobID, _ ending: JobEnding) throws {
        try run(
            """
            UPDATE job SET status = ?, started_at = ?, finished_at = ?, progress = ?, result = ?, error = ?,
                history = ?, events = ?
            WHERE id = ?
            """,
            [
                ending.status.rawValue, ending.startedAt?.milliseconds, ending.finishedAt.milliseconds,
                ending.progress?.json.encodedString(), ending.result?.encodedString(),
                ending.error?.json.encodedString(),
                ending.history.epochs.isEmpty ? nil : ending.history.record.encodedString(),
                ending.events.map { Data($0) }, id.description,
            ])
    }

    fileprivate func releaseDatasets(of job: JobID) throws -> [String] {
        let held = try strings("SELECT dataset_id FROM job_dataset WHERE job_id = ?", [job.description])
        try run("DELETE FROM job_dataset WHERE job_id = ?", [job.description])
        return try held.flatMap(deleteContentIfUnused)
    }
}
