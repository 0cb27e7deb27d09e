import Foundation
import Protocol
import Server
import Testing

/// A store that an older version has left.
@Suite(.timeLimit(.minutes(1))) struct MigrationTests {
    let directory = DataDirectory()

    @Test func storeOfTheFirstVersionIsReadAndGoesOn() async throws {
        for name in ["blobs", "tmp", "jobs"] {
            try FileManager.default.createDirectory(
                atPath: "\(directory.path)/\(name)", withIntermediateDirectories: true)
        }
        try directory.run(statements: Self.schema + Self.rows)
        try Data(NumPyFile.identity).write(
            to: URL(filePath: "\(directory.path)/blobs/\(NumPyFile.identityHash)"))
        let store = try directory.open()
        try expectDatasetsAndModels(store)

        let queue = try JobQueue(
            store: store,
            runner: Runner { job, context in
                #expect(job.datasets["x"] == Self.dataset && job.seed == 9)
                try context.endEpoch(1, logs: ["loss": 0.25], seconds: 0)
                return .succeeded(model: ModelChange(state: .set([4])))
            }, workers: 1)
        try await expectEnded(queue)
        #expect(try queue.job(Self.waiting).status == .queued)
        queue.start()
        #expect(try await queue.wait(for: Self.waiting, seconds: 30).status == .succeeded)
        #expect(try store.modelState(Self.model)?.withUnsafeBytes { Array($0) } == [4])

        // What came with later versions.
        #expect(try store.checkpoints(of: Self.ended).items.isEmpty)
        #expect(try store.files(of: Self.waiting).items.isEmpty)
        try await store.put(NumPyFile.compressed, as: "new")
        await queue.drain()
        try store.close()
        #expect(try directory.sql("PRAGMA integrity_check") == "ok\n")
        #expect(try directory.sql("PRAGMA foreign_key_check") == "")
        let again = try directory.crashed().open()
        try expectDatasetsAndModels(again, state: [4])
        try await expectEnded(JobQueue(store: again, runner: Runner.never, workers: 1))
    }

    private func expectDatasetsAndModels(_ store: Store, state: [UInt8] = [1, 2, 3]) throws {
        let dataset = try store.dataset("d")
        #expect(dataset.id == Self.dataset && dataset.bytes == NumPyFile.identity.count)
        #expect(
            dataset.sha256 == NumPyFile.identityHash && dataset.createdAt.milliseconds == 1_700_000_000_000)
        #expect(try store.values("a", of: dataset, as: Int64.self) == [1, 0, 0, 1])
        let model = try store.model("m")
        #expect(model.id == Self.model && model.definition == ["layers": []])
        #expect(model.compile == ["loss": "mse"])
        #expect(try store.modelState(model.id)?.withUnsafeBytes { Array($0) } == state)
    }

    private func expectEnded(_ queue: JobQueue) async throws {
        let job = try queue.job(Self.ended)
        #expect(job.status == .succeeded && job.type == .fit && job.model == "m" && job.seed == 7)
        #expect(job.result == ["epochs_run": 1] && job.request == ["epochs": 1])
        #expect(job.finishedAt?.milliseconds == 1_700_000_003_000)
        #expect(try queue.history(of: job.id).history == ["loss": [0.5]])
        #expect(try await queue.allEvents(of: job.id).map(\.kind) == [.queued, .succeeded])
    }

    private static let dataset = DatasetID(ULID(milliseconds: 1_700_000_000_000, random: (0, 0)))
    private static let model = ModelID(ULID(milliseconds: 1_700_000_001_000, random: (0, 1)))
    private static let ended = JobID(ULID(milliseconds: 1_700_000_002_000, random: (0, 2)))
    private static let waiting = JobID(ULID(milliseconds: 1_700_000_003_000, random: (0, 3)))

    /// Of the first version, as its sources have it, with what GRDB 7 notes of a migration.
    private static let schema = """
        CREATE TABLE dataset (
            id TEXT PRIMARY KEY NOT NULL,
            name TEXT NOT NULL,
            bytes INTEGER NOT NULL,
            sha256 TEXT NOT NULL,
            created_at INTEGER NOT NULL,
            is_current INTEGER NOT NULL
        ) STRICT;
        CREATE UNIQUE INDEX dataset_name ON dataset (name) WHERE is_current;
        CREATE TABLE dataset_array (
            dataset_id TEXT NOT NULL REFERENCES dataset ON DELETE CASCADE,
            position INTEGER NOT NULL,
            name TEXT NOT NULL,
            dtype TEXT NOT NULL,
            shape TEXT NOT NULL,
            blob TEXT NOT NULL,
            PRIMARY KEY (dataset_id, position)
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX dataset_array_blob ON dataset_array (blob);
        CREATE TABLE model (
            id TEXT PRIMARY KEY NOT NULL,
            name TEXT NOT NULL UNIQUE,
            definition TEXT NOT NULL,
            compile TEXT,
            state BLOB,
            state_blob TEXT,
            version INTEGER NOT NULL,
            created_at INTEGER NOT NULL,
            updated_at INTEGER NOT NULL
        ) STRICT;
        CREATE INDEX model_state_blob ON model (state_blob) WHERE state_blob IS NOT NULL;
        CREATE TABLE job (
            id TEXT PRIMARY KEY NOT NULL,
            type TEXT NOT NULL,
            model TEXT NOT NULL,
            model_id TEXT NOT NULL,
            status TEXT NOT NULL,
            request TEXT NOT NULL,
            seed INTEGER NOT NULL,
            attempts INTEGER NOT NULL,
            is_cancelled INTEGER NOT NULL,
            created_at INTEGER NOT NULL,
            started_at INTEGER,
            finished_at INTEGER,
            progress TEXT,
            result TEXT,
            error TEXT,
            history TEXT,
            events BLOB
        ) STRICT;
        CREATE INDEX job_unfinished ON job (model_id) WHERE status = 'queued';
        CREATE INDEX job_model ON job (model, id);
        CREATE INDEX job_status ON job (status, id);
        CREATE TABLE job_dataset (
            job_id TEXT NOT NULL REFERENCES job ON DELETE CASCADE,
            name TEXT NOT NULL,
            dataset_id TEXT NOT NULL REFERENCES dataset,
            PRIMARY KEY (job_id, name)
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX job_dataset_dataset ON job_dataset (dataset_id);
        CREATE TABLE answer (
            key TEXT PRIMARY KEY NOT NULL,
            request_hash TEXT NOT NULL,
            status INTEGER NOT NULL,
            fields TEXT NOT NULL,
            body BLOB NOT NULL,
            created_at INTEGER NOT NULL
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX answer_created_at ON answer (created_at);
        CREATE TABLE grdb_migrations (identifier TEXT NOT NULL PRIMARY KEY);
        INSERT INTO grdb_migrations VALUES ('datasets, models and jobs');
        PRAGMA journal_mode = WAL;

        """

    private static let rows = """
        INSERT INTO dataset VALUES
            ('\(dataset)', 'd', 160, '\(NumPyFile.identityHash)', 1700000000000, TRUE);
        INSERT INTO dataset_array VALUES ('\(dataset)', 0, 'a', 'int64', '[2,2]', '\(NumPyFile.identityHash)');
        INSERT INTO model VALUES
            ('\(model)', 'm', '{"layers":[]}', '{"loss":"mse"}', X'010203', NULL, 3, 1700000001000, 1700000003000);
        INSERT INTO job VALUES
            ('\(ended)', 'fit', 'm', '\(model)', 'succeeded', '{"epochs":1}', 7, 1, FALSE, 1700000001000,
             1700000002000, 1700000003000, NULL, '{"epochs_run":1}', NULL,
             '{"epochs":[[0,{"loss":0.5}]],"params":{"epochs":1,"steps":1,"batch_size":2}}',
             CAST('{"id":1,"event":"queued","time":"2023-11-14T22:13:21.000Z","data":{}}' || char(10)
             || '{"id":2,"event":"succeeded","time":"2023-11-14T22:13:23.000Z","data":{}}' || char(10) AS BLOB)),
            ('\(waiting)', 'fit', 'm', '\(model)', 'queued', '{"epochs":1}', 9, 0, FALSE, 1700000004000,
             NULL, NULL, NULL, NULL, NULL, NULL, NULL);
        INSERT INTO job_dataset VALUES ('\(waiting)', 'x', '\(dataset)');
        """
}
