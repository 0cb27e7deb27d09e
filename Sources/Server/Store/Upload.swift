import Dispatch
import Protocol
import Synchronization

/// A file on its way into the store. What was written goes away with the upload unless it is committed.
///
/// One task uses it, one call after the other. Each write returns when the file system has taken the bytes,
/// so that a sender is slowed to the disk's pace.
public final class Upload: Sendable {
    private let store: Store
    private let id: DatasetID = IdentifierSource.shared.next()
    private let file: Mutex<StagedFile?>
    private let queue: DispatchQueue

    init(store: Store) throws {
        self.store = store
        queue = store.uploads.next()
        file = Mutex(try store.blobs.stage())
    }

    /// Takes in the next bytes; when they cannot be written, the upload is discarded.
    public func write(_ bytes: [UInt8]) async throws(Problem) {
        try await queue.run { () throws(Problem) in
            do throws(Problem) {
                try self.store.wrapping { try self.file.withLock { try $0?.write(bytes) } }
            } catch {
                self.discard()
                throw error
            }
        }
    }

    /// Gives back at once the room that the bytes take, for an answer that tells of a failure: the upload itself may be
    /// held a moment longer.
    public func discard() { file.withLock { $0 = nil } }

    /// Makes the file the content of a dataset, in place of the one that has the name. A job that began with
    /// the old content keeps it.
    /// - `contentType`: Tells the format where the content leaves it open.
    /// - `selection`: Which columns of a CSV file become which array.
    /// - `share`: Whose it is.
    /// - `check`: Throws when the client's preconditions do not hold for what stands there.
    /// - Throws: 507 when it is more than the share; 415 for a format that is not known; what the format's reader finds wrong.
    public func commit(
        as name: String, contentType: String? = nil, selection: CSVSelection = CSVSelection(),
        share: StorageShare? = nil,
        check: @escaping @Sendable (Dataset?) throws(Problem) -> Void = { _ in }
    ) async throws(Problem) -> Put<Dataset> {
        try Name.check(name)
        let room = try store.room(in: share, replacing: name)
        let staged = try await stage(
            name: name, contentType: contentType, selection: selection, room: StorageRoom(share, room))
        return try await store.onWriter { () throws(Problem) in
            try self.store.keeping(staged.blobs) { () throws(Problem) in
                try self.store.put(staged, as: name, share, check: check)
            }
        }
    }

    /// Makes the file a dataset with a name of the server's making.
    public func commit(
        contentType: String? = nil, selection: CSVSelection = CSVSelection(),
        share: StorageShare? = nil, idempotency: Idempotency<Dataset>? = nil
    ) async throws(Problem) -> Accepted<Dataset> {
        let room = try store.room(in: share, replacing: nil)
        let staged = try await stage(
            name: id.description, contentType: contentType, selection: selection,
            room: StorageRoom(share, room))
        return try await store.onWriter { () throws(Problem) in
            let accepted = try self.store.keeping(staged.blobs) { () throws(Problem) in
                try self.store.making(idempotency) { database in
                    let dataset = staged.dataset()
                    try database.insert(dataset, blobs: staged.blobs.map(\.sha256), isCurrent: true)
                    try database.own(dataset, share)
                    return dataset
                }
            }
            if case .repeated = accepted { self.store.abandon(staged.blobs) }
            return accepted
        }
    }

    /// Makes the file a content without a name, for one job alone: what is not held by a job when the store
    /// is opened again is gone.
    public func commitForJob(
        name: String, contentType: String? = nil, selection: CSVSelection = CSVSelection()
    ) async throws(Problem) -> Dataset {
        let staged = try await stage(name: name, contentType: contentType, selection: selection)
        return try await store.onWriter { () throws(Problem) in
            try self.store.keepForJob(staged, name: name)
        }
    }

    private func stage(
        name: String, contentType: String?, selection: CSVSelection, room: StorageRoom? = nil
    ) async throws(Problem) -> StagedDataset {
        let count = file.withLock { $0?.count ?? 0 }
        return try await store.uploads.places(for: count).hold { () throws(Problem) in
            // Not on the queue of the bytes, where others would wait for it.
            try await DispatchQueue(label: "fitd.store.unpacking").run { () throws(Problem) in
                try self.unpack(name: name, contentType: contentType, selection: selection, room: room)
            }
        }
    }

    private func unpack(
        name: String, contentType: String?, selection: CSVSelection, room: StorageRoom?
    ) throws(Problem) -> StagedDataset {
        try self.store.wrapping {
            let taken = self.file.withLock { file in
                defer { file = nil }
                return file.map { Transfer(file: $0) }
            }
            guard let file = taken?.file else {
                throw Problem(.internalError, "An upload was committed twice.")
            }
            let prefix = try file.map().withBytes { Array($0.prefix(ArrayFormat.prefixLength)) }
            guard let format = ArrayFormat.detect(prefix: prefix, contentType: contentType) else {
                throw Problem(
                    .unsupportedMediaType,
                    "The content is none of the known formats: .npy, .npz, CSV, safetensors, JSON. If it is "
                        + "text, say so in Content-Type: text/csv or application/json.")
            }
            return try self.store.stage(
                file, format: format, id: self.id, name: name, selection: selection, room: room)
        }
    }

    // The lock has given the file up: from then on the queue's work alone has it.
    private struct Transfer: @unchecked Sendable {
        let file: StagedFile
    }
}

/// What was put under a name.
public struct Put<Item: Sendable>: Sendable {
    /// What stands there now.
    public let item: Item
    /// Whether nothing stood there before.
    public let created: Bool
}

extension Store {
    /// Begins an upload.
    public func upload() throws(Problem) -> Upload {
        try wrapping { try Upload(store: self) }
    }

    fileprivate func put(
        _ staged: StagedDataset, as name: String, _ share: StorageShare?,
        check: (Dataset?) throws(Problem) -> Void
    ) throws(Problem) -> Put<Dataset> {
        let (dataset, replaced, freed) = try writing { database in
            let old = try currentDataset(name, database)
            try check(old)
            let dataset = staged.dataset(named: name)
            var freed: [String] = []
            if let id = old?.id.description {
                try database.execute(sql: "UPDATE dataset SET is_current = 0 WHERE id = ?", arguments: [id])
                freed = try database.deleteContentIfUnused(id)
            }
            try database.insert(dataset, blobs: staged.blobs.map(\.sha256), isCurrent: true)
            try database.own(dataset, share)
            return (dataset, old != nil, freed)
        }
        collect(freed)
        return Put(item: dataset, created: !replaced)
    }
}
