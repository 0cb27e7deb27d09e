import Foundation
import Protocol

/// Arrays whose files are on the disk, and which become a dataset with a row of their own.
public struct StagedDataset: Sendable {
    /// Names the content that it becomes, and the dataset where nobody gives it another name.
    public let id: DatasetID
    let arrays: [ArrayDescription]
    let bytes: Int
    let sha256: String
    let blobs: [Blob]

    init(id: DatasetID, arrays: [ArrayDescription], bytes: Int, sha256: String, blobs: [Blob]) {
        self.id = id
        self.arrays = arrays
        self.bytes = bytes
        self.sha256 = sha256
        self.blobs = blobs
    }

    /// The dataset that these arrays are under a name; without one, its identifier is its name.
    func dataset(named name: String? = nil) -> Dataset {
        Dataset(
            id: id, name: name ?? id.description, bytes: bytes, sha256: sha256, createdAt: .now,
            arrays: arrays)
    }
}

extension Store {
    /// Makes arrays the content of a dataset without a name, for one job alone, as `Upload.commitForJob` does.
    /// - `name`: What errors call it.
    public func storeForJob(
        _ arrays: [(name: String, array: NDArray)], name: String
    ) async throws(Problem) -> Dataset {
        try await onWriter { () throws(Problem) in
            let staged = try self.stage(arrays)
            return try self.keepForJob(staged, name: name)
        }
    }

    /// Writes the rows of a content that has no name for clients.
    func keepForJob(_ staged: StagedDataset, name: String) throws(Problem) -> Dataset {
        try keeping(staged.blobs) { () throws(Problem) in
            try writing { database in
                let dataset = staged.dataset(named: name)
                try database.insert(dataset, blobs: staged.blobs.map(\.sha256), isCurrent: false)
                return dataset
            }
        }
    }

    /// Writes arrays that a job made to the disk, for `JobOutcome.dataset`.
    public func stage(_ arrays: [(name: String, array: NDArray)]) throws(Problem) -> StagedDataset {
        try wrapping {
            let descriptions = try arrays.map {
                try ArrayDescription(
                    name: $0.name, layout: ArrayLayout(dtype: $0.array.dtype, shape: $0.array.shape))
            }
            let whole = SHA256()
            let files = try arrays.map { _, array in
                let file = try self.blobs.stage()
                try file.write(NPYHeader.encoded(dtype: array.dtype, shape: array.shape))
                try file.write(array.bytes)
                whole.update(array.bytes)
                return file
            }
            let blobs = try self.adopt(files)
            return StagedDataset(
                id: IdentifierSource.shared.next(), arrays: descriptions,
                bytes: files.reduce(0) { $0 + $1.count },
                sha256: blobs.count == 1 ? blobs[0].sha256 : whole.finalize(), blobs: blobs)
        }
    }

    /// Writes the arrays of an uploaded file as blobs of little-endian C order.
    /// - `room`: How many bytes they may take.
    func stage(
        _ file: StagedFile, format: ArrayFormat, id: DatasetID, name: String, selection: CSVSelection,
        room: StorageRoom?
    ) throws -> StagedDataset {
        try file.map().withBytes { mapped in
            let source = try format.source(
                of: mapped, name: name, selection: selection, limits: arrayLimits)
            let arrays = try source.arrays.map {
                try ArrayDescription(name: $0.name, layout: ArrayLayout(dtype: $0.dtype, shape: $0.shape))
            }
            // Before anything is unpacked.
            try room?.check(arrays)
            let bytes = file.count
            if format == .npy, try isAsKept(mapped) {
                let blobs = try self.adopt([file])
                return StagedDataset(
                    id: id, arrays: arrays, bytes: bytes, sha256: blobs[0].sha256, blobs: blobs)
            }
            let blobs = try self.adopt(try unpack(source))
            return StagedDataset(
                id: id, arrays: arrays, bytes: bytes, sha256: try file.finishUnsynced(), blobs: blobs)
        }
    }

    /// Whether a `.npy` file may be kept as it came.
    private func isAsKept(_ file: UnsafeRawBufferPointer) throws -> Bool {
        let header = try NPYHeader(parsing: file)
        let layout = header.layout
        // Of booleans, what is not 0 has to become 1.
        return try layout == ArrayLayout(dtype: layout.dtype, shape: layout.shape) && layout.dtype != .bool
            && header.dataOffset.isMultiple(of: 64)
    }

    private func unpack(_ source: any ArraySource) throws -> [StagedFile] {
        // A file of very many arrays must not take all the process's descriptors.
        let suspends = source.arrays.count > 16
        let headers = source.arrays.map { NPYHeader.encoded(dtype: $0.dtype, shape: $0.shape) }
        let files = try headers.map { header in
            let file = try self.blobs.stage()
            try file.write(header)
            if suspends { file.suspend() }
            return file
        }
        try source.write { index, bytes in
            try files[index].write(bytes)
            if suspends { files[index].suspend() }
        }
        for (index, array) in source.arrays.enumerated()
        where files[index].count != headers[index].count + array.byteCount {
            throw Problem(.malformed, "Array '\(array.name)' is not as long as its shape says.")
        }
        return files
    }
}
