import Foundation
import Protocol
import Synchronization

/// Files that are named by the SHA-256 of their content: equal contents are kept once, and a file never
/// changes.
///
/// A blob stays as long as a row names it or someone holds its `Blob`; that closes the gap between writing a
/// file and writing the row.
final class BlobStore: Sendable {
    private let directory: String
    private let temporary: String
    /// How many hold each blob that no row may name yet.
    private let pins = Mutex<[String: Int]>([:])

    init(directory: String, temporary: String) throws {
        self.directory = directory
        self.temporary = temporary
        try Files.makeDirectory(directory)
        try Files.makeDirectory(temporary)
    }

    func path(_ sha256: String) -> String { "\(directory)/\(sha256)" }

    /// A new file to be written and adopted.
    func stage() throws -> StagedFile {
        try StagedFile(path: "\(temporary)/\(IdentifierSource.shared.next())")
    }

    /// Gives a file, whose content is on the disk, the name of that; the directory is still to be synced.
    func adopt(_ file: StagedFile) throws -> Blob {
        let blob = Blob(sha256: try file.finish(), count: file.count, store: self)
        try file.adopt(as: path(blob.sha256))
        return blob
    }

    func syncDirectory() throws { try Files.syncDirectory(directory) }

    /// Removes blobs that nobody holds and for which `isReferenced` finds no row.
    func collect(_ names: some Sequence<String>, isReferenced: (String) throws -> Bool) throws {
        for name in names {
            try pins.withLock { pins in
                if try pins[name] == nil && !isReferenced(name) { try Files.remove(path(name)) }
            }
        }
    }

    /// Removes what a crash left behind.
    func sweep(keeping names: Set<String>) throws {
        for name in try Files.names(in: temporary) { try Files.remove("\(temporary)/\(name)") }
        for name in try Files.names(in: directory) where !names.contains(name) {
            try Files.remove(path(name))
        }
    }

    fileprivate func pin(_ name: String) { pins.withLock { $0[name, default: 0] += 1 } }

    fileprivate func unpin(_ name: String) {
        pins.withLock { pins in
            let count = pins[name, default: 1] - 1
            pins[name] = count > 0 ? count : nil
        }
    }
}

/// A blob that is held: it is not removed while this lives.
final class Blob: Sendable {
    let sha256: String
    let count: Int
    private let store: BlobStore
    private let isHeld = Atomic(true)

    fileprivate init(sha256: String, count: Int, store: BlobStore) {
        self.sha256 = sha256
        self.count = count
        self.store = store
        store.pin(sha256)
    }

    deinit { release() }

    /// Lets go of it, before the end of this life too.
    func release() {
        if isHeld.exchange(false, ordering: .acquiringAndReleasing) { store.unpin(sha256) }
    }
}
