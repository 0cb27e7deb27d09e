import Protocol
import Synchronization

/// What a dataset's rows say of one content, which never changes.
struct DatasetContent: Sendable {
    let dataset: Dataset
    /// The blob of each array.
    let blobs: [String]

    /// The blob of an array; nil when there is none of this name.
    func blob(of array: String) -> String? {
        dataset.arrays.firstIndex { $0.name == array }.map { blobs[$0] }
    }
}

/// The contents that were asked for last: those of small fits, which begin again and again, are read and mapped once.
final class RecentContents: Sendable {
    private struct Entry: Sendable {
        let content: DatasetContent
        var arrays: [String: MappedArray] = [:]
    }

    private let entries = Mutex(RecentEntries<DatasetID, Entry>(limit: 16))

    /// Arrays of bigger datasets are let go of.
    private static let mostMappedBytes = 1 << 20

    /// A content; nil when it is not among the last.
    subscript(_ id: DatasetID) -> DatasetContent? { entries.withLock { $0.value(of: id)?.content } }

    /// Keeps a content for a while.
    func keep(_ content: DatasetContent) {
        entries.withLock { $0.keep(Entry(content: content), for: content.dataset.id) }
    }

    /// An array of a content, mapped already; nil for others.
    func array(_ name: String, of id: DatasetID) -> MappedArray? {
        entries.withLock { $0.value(of: id)?.arrays[name] }
    }

    /// Keeps an array mapped for as long as its content is kept.
    func keep(_ array: MappedArray, named name: String, of content: DatasetContent) {
        guard content.dataset.bytes <= Self.mostMappedBytes else { return }
        entries.withLock { $0.change(content.dataset.id) { $0.arrays[name] = array } }
    }

    /// Forgets the contents of blobs that go.
    func forget(_ blobs: [String]) {
        guard !blobs.isEmpty else { return }
        entries.withLock { entries in
            entries.removeAll { $0.content.blobs.contains(where: blobs.contains) }
        }
    }
}
