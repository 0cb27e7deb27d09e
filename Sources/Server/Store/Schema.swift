import GRDB

/// The tables of the store and how they came to be; a released migration never changes.
///
/// Times are milliseconds since 1970, JSON is text, blobs are named by their SHA-256. A job that has not
/// ended is `queued` here: whether it runs is known by the process that runs it, and read from its events
/// after a crash.
enum Schema {
    static var migrator: DatabaseMigrator {
        var migrator = DatabaseMigrator()
        migrator.registerMigration("datasets, models and jobs") { database in
            try database.execute(sql: datasets)
            try database.execute(sql: models)
            try database.execute(sql: jobs)
            try database.execute(sql: answers)
        }
        migrator.registerMigration("checkpoints") { database in
            try database.execute(sql: checkpoints)
        }
        migrator.registerMigration("owners") { database in
            try database.execute(sql: owners)
        }
        migrator.registerMigration("job files") { database in
            try database.execute(sql: files)
        }
        migrator.registerMigration("ended jobs by time") { database in
            try database.execute(sql: "CREATE INDEX job_finished_at ON job (finished_at)")
        }
        migrator.registerMigration("owners of answers") { database in
            try database.execute(sql: answerOwners)
        }
        return migrator
    }

    /// A content that is not current has been replaced, or has no name for anyone but the job that holds it.
    private static let datasets = """
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
        """

    /// A small state stands in the row, where it costs no sync of its own, a big one in a blob.
    private static let models = """
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
        """

    private static let jobs = """
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
        """

    /// The models that a fit keeps under names, in the order in which they were saved. A step is of the epoch's
    /// batches, and null at its end.
    private static let checkpoints = """
        CREATE TABLE checkpoint (
            id INTEGER PRIMARY KEY NOT NULL,
            job_id TEXT NOT NULL REFERENCES job ON DELETE CASCADE,
            name TEXT NOT NULL,
            epoch INTEGER NOT NULL,
            step INTEGER,
            logs TEXT NOT NULL,
            bytes INTEGER NOT NULL,
            blob TEXT NOT NULL,
            created_at INTEGER NOT NULL,
            UNIQUE (job_id, name)
        ) STRICT;
        CREATE INDEX checkpoint_blob ON checkpoint (blob);
        """

    /// The token that stored a dataset, and the bytes that its arrays take.
    private static let owners = """
        CREATE TABLE dataset_owner (
            dataset_id TEXT PRIMARY KEY NOT NULL REFERENCES dataset ON DELETE CASCADE,
            owner TEXT NOT NULL,
            bytes INTEGER NOT NULL
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX dataset_owner_owner ON dataset_owner (owner);
        """

    /// The files that a fit's callbacks write. `path` is a name of the server's own making; what the file holds
    /// beyond `bytes` does not count. `version` changes with the content.
    private static let files = """
        CREATE TABLE job_file (
            id INTEGER PRIMARY KEY NOT NULL,
            job_id TEXT NOT NULL REFERENCES job ON DELETE CASCADE,
            name TEXT NOT NULL,
            kind TEXT NOT NULL,
            path TEXT NOT NULL UNIQUE,
            bytes INTEGER NOT NULL,
            version INTEGER NOT NULL,
            created_at INTEGER NOT NULL,
            updated_at INTEGER NOT NULL,
            UNIQUE (job_id, name)
        ) STRICT;
        """

    /// The first answers to requests with an `Idempotency-Key`.
    private static let answers = """
        CREATE TABLE answer (
            key TEXT PRIMARY KEY NOT NULL,
            request_hash TEXT NOT NULL,
            status INTEGER NOT NULL,
            fields TEXT NOT NULL,
            body BLOB NOT NULL,
            created_at INTEGER NOT NULL
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX answer_created_at ON answer (created_at);
        """

    /// The token whose an answer is, the bytes that it takes, and those of all of a token's answers.
    private static let answerOwners = """
        ALTER TABLE answer ADD COLUMN owner TEXT NOT NULL DEFAULT '';
        ALTER TABLE answer ADD COLUMN bytes INTEGER NOT NULL DEFAULT 0;
        CREATE INDEX answer_owner_created_at ON answer (owner, created_at);
        CREATE TABLE answer_owner (owner TEXT PRIMARY KEY NOT NULL, bytes INTEGER NOT NULL) STRICT, WITHOUT ROWID;
        CREATE TRIGGER answer_added AFTER INSERT ON answer BEGIN
            INSERT INTO answer_owner VALUES (NEW.owner, NEW.bytes)
                ON CONFLICT (owner) DO UPDATE SET bytes = bytes + excluded.bytes;
        END;
        CREATE TRIGGER answer_removed AFTER DELETE ON answer BEGIN
            UPDATE answer_owner SET bytes = bytes - OLD.bytes WHERE owner = OLD.owner;
        END;
        """
}
