import Foundation
import GRDB
import Protocol

extension Store {
    /// The dataset of a name.
    /// - Throws: 404.
    public func dataset(_ name: String) throws(Problem) -> Dataset {
        try reading { try self.currentDataset(name, $0) ?? { throw Self.noDataset(name) }() }
    }

    /// The dataset of a name; nil when there is none.
    func currentDataset(_ name: String, _ database: Database) throws -> Dataset? {
        try database.row("SELECT * FROM dataset WHERE name = ? AND is_current", [name]).map { row in
            try self.content(row, database).dataset
        }
    }

    /// A content, current or held by a job.
    /// - Throws: 404.
    public func dataset(_ id: DatasetID) throws(Problem) -> Dataset { try content(id).dataset }

    private func content(_ id: DatasetID) throws(Problem) -> DatasetContent {
        if let known = contents[id] { return known }
        return try reading { database in
            let row = try database.row("SELECT * FROM dataset WHERE id = ?", [id.description])
            guard let row else { throw Problem(.notFound, "There is no dataset \(id) any more.") }
            return try self.content(row, database)
        }
    }

    /// What a dataset's row and those of its arrays say.
    private func content(_ row: Row, _ database: Database) throws -> DatasetContent {
        if let known = contents[try database.identifier(row["id"])] { return known }
        let content = try database.content(row)
        contents.keep(content)
        return content
    }

    /// Datasets by name.
    /// - `after`: The name after which to begin.
    public func datasets(limit: Int = 50, after: String? = nil) throws(Problem) -> Page<Dataset> {
        try reading { database in
            let rows = try database.rows(
                "SELECT * FROM dataset WHERE is_current AND name > ? ORDER BY name LIMIT ?",
                [after ?? "", limit + 1])
            return Page(try rows.map(database.dataset), limit: limit, cursor: \.name)
        }
    }

    /// The names of all datasets, for hints.
    public func datasetNames() throws(Problem) -> [String] {
        try reading {
            try String.fetchAll($0, sql: "SELECT name FROM dataset WHERE is_current ORDER BY name")
        }
    }

    /// Deletes a dataset.
    /// - `check`: Throws when the client's preconditions do not hold for what stands there.
    /// - Throws: 404; 409 while a job needs it.
    public func deleteDataset(
        _ name: String, check: @escaping @Sendable (Dataset) throws(Problem) -> Void = { _ in }
    ) async throws(Problem) {
        try await onWriter { () throws(Problem) in
            let freed = try self.writing { database in
                guard let dataset = try self.currentDataset(name, database) else {
                    throw Self.noDataset(name)
                }
                try check(dataset)
                let job = try database.string(
                    "SELECT job_id FROM job_dataset WHERE dataset_id = ?",
                    [dataset.id.description])
                if let job {
                    throw Problem(
                        .conflict,
                        "Dataset '\(name)' is needed by \(job); cancel the job or wait for its end.")
                }
                return try database.deleteContent(dataset.id.description)
            }
            self.collect(freed)
        }
    }

    /// An array, mapped into memory.
    /// - Throws: 404 when the dataset or the array is not there.
    public func mappedArray(_ name: String, of dataset: DatasetID) throws(Problem) -> MappedArray {
        let content = try content(dataset)
        if let known = contents.array(name, of: dataset) { return known }
        guard let blob = content.blob(of: name) else { throw Self.noArray(name, content.dataset) }
        let array = try openingBlob(of: dataset) { try MappedArray(path: self.blobs.path(blob)) }
        contents.keep(array, named: name, of: content)
        return array
    }

    /// An array's `.npy` file, to be sent.
    /// - Throws: 404 when the dataset or the array is not there.
    public func arrayFile(_ name: String, of dataset: Dataset) throws(Problem) -> ArrayFile {
        let blob = try blobName(of: name, in: dataset)
        guard let array = dataset.arrays.first(where: { $0.name == name }) else {
            throw Self.noArray(name, dataset)
        }
        return try openingBlob(of: dataset.id) {
            try ArrayFile(path: self.blobs.path(blob), array: array, sha256: blob)
        }
    }

    /// Opens a file that a deletion at the same time may take away.
    private func openingBlob<Value>(of dataset: DatasetID, _ body: () throws -> Value) throws(Problem)
        -> Value
    {
        do {
            return try body()
        } catch let error as SystemError where error.code == ENOENT {
            throw Problem(.notFound, "There is no dataset \(dataset) any more.")
        } catch {
            throw Problem(storing: error)
        }
    }

    private func blobName(of array: String, in dataset: Dataset) throws(Problem) -> String {
        try reading { database in
            try database.string(
                "SELECT blob FROM dataset_array WHERE dataset_id = ? AND name = ?",
                [dataset.id.description, array]) ?? { throw Self.noArray(array, dataset) }()
        }
    }

    /// Deletes contents that are not current and that no job holds.
    func releaseUnused(_ ids: some Sequence<DatasetID>) throws(Problem) {
        collect(
            try writing { database in
                try ids.flatMap { try database.deleteContentIfUnused($0.description) }
            })
    }

    func wrapping<Value>(_ body: () throws -> Value) throws(Problem) -> Value {
        do {
            return try body()
        } catch {
            throw Problem(storing: error)
        }
    }

    /// Makes files durable under the names of their contents, in their order: all of them, or none.
    func adopt(_ files: [StagedFile]) throws -> [Blob] {
        var adopted: [Blob] = []
        do {
            for file in files { adopted.append(try blobs.adopt(file)) }
            if !adopted.isEmpty { try blobs.syncDirectory() }
        } catch {
            abandon(adopted)
            throw error
        }
        return adopted
    }

    /// Has rows written that name blobs; should that fail, the blobs go.
    func keeping<Value>(_ blobs: [Blob], _ write: () throws(Problem) -> Value) throws(Problem) -> Value {
        do throws(Problem) {
            return try write()
        } catch {
            abandon(blobs)
            throw error
        }
    }

    /// Removes blobs that have got no row, unless others hold them.
    func abandon(_ blobs: [Blob]) {
        for blob in blobs { blob.release() }
        collect(blobs.map(\.sha256))
    }

    /// Removes blobs that rows no longer name. What cannot be removed now goes at the next start.
    func collect(_ blobNames: [String]) {
        contents.forget(blobNames)
        try? blobs.collect(blobNames) { name in
            try database.read { database in
                try database.exists("SELECT 1 FROM dataset_array WHERE blob = ?", [name])
                    || database.exists("SELECT 1 FROM model WHERE state_blob = ?", [name])
                    || database.exists("SELECT 1 FROM checkpoint WHERE blob = ?", [name])
            }
        }
    }

    static func noDataset(_ name: String) -> Problem {
        Problem(.notFound, "There is no dataset named '\(name.prefix(140))'.")
    }

    private static func noArray(_ name: String, _ dataset: Dataset) -> Problem {
        let known = dataset.arrays.prefix(20).map { "'\($0.name)'" }.joined(separator: ", ")
        return Problem(
            .notFound, "Dataset '\(dataset.name)' has no array '\(name.prefix(140))'; it has \(known).")
    }
}

extension Database {
    func dataset(_ row: Row) throws -> Dataset { try content(row).dataset }

    fileprivate func content(_ row: Row) throws -> DatasetContent {
        let id: String = row["id"]
        let arrays = try rows(
            "SELECT name, dtype, shape, blob FROM dataset_array WHERE dataset_id = ? ORDER BY position", [id])
        let dataset = Dataset(
            id: try identifier(id), name: row["name"], bytes: row["bytes"], sha256: row["sha256"],
            createdAt: Timestamp(milliseconds: row["created_at"]),
            arrays: try arrays.map { row in
                let shape = try JSONValue(stored: row["shape"]).array ?? []
                guard let dtype = DType(rawValue: row["dtype"]) else { throw Self.damaged }
                return try ArrayDescription(
                    name: row["name"], layout: ArrayLayout(dtype: dtype, shape: shape.compactMap(\.integer)))
            })
        return DatasetContent(dataset: dataset, blobs: arrays.map { $0["blob"] })
    }

    /// Writes the rows of a content; one that a job alone will hold is not current.
    func insert(_ dataset: Dataset, blobs: [String], isCurrent: Bool) throws {
        try run(
            "INSERT INTO dataset VALUES (?, ?, ?, ?, ?, ?)",
            [
                dataset.id.description, dataset.name, dataset.bytes, dataset.sha256,
                dataset.createdAt.milliseconds, isCurrent,
            ])
        for (position, (array, blob)) in zip(dataset.arrays, blobs).enumerated() {
            let shape = JSONValue.array(array.shape.map { .integer(Int64($0)) })
            try run(
                "INSERT INTO dataset_array VALUES (?, ?, ?, ?, ?, ?)",
                [
                    dataset.id.description, position, array.name, array.dtype.rawValue, shape.encodedString(),
                    blob,
                ])
        }
    }

    /// Deletes a content's rows and tells the blobs that they named.
    func deleteContent(_ id: String) throws -> [String] {
        let blobs = try strings("SELECT blob FROM dataset_array WHERE dataset_id = ?", [id])
        try run("DELETE FROM dataset WHERE id = ?", [id])
        return blobs
    }

    /// Deletes a content unless it is current or a job holds it; tells the blobs that its rows named.
    func deleteContentIfUnused(_ id: String) throws -> [String] {
        let used = try exists(
            """
            SELECT 1 FROM dataset WHERE id = ? AND is_current
            UNION SELECT 1 FROM job_dataset WHERE dataset_id = ?
            """, [id, id])
        return used ? [] : try deleteContent(id)
    }

    func identifier<ID: Identifier>(_ text: String) throws -> ID {
        guard let id = ID(parsing: text) else { throw Self.damaged }
        return id
    }

    static let damaged = Problem(
        .internalError, "The store holds a row that this version of fitd cannot read.")
}
