import Foundation
import OrderedCollections
import Protocol
import Server
import Testing

@Suite struct DatasetTests {
    let directory = DataDirectory()

    @Test func uploadIsDescribedAndMapped() async throws {
        let store = try directory.open()
        let put = try await store.put(NumPyFile.fortranBigEndian, as: "a")
        #expect(put.created)
        #expect(put.item.bytes == NumPyFile.fortranBigEndian.count)
        let described = try store.dataset("a")
        #expect(described == put.item)
        #expect(described.json["arrays"] == [["name": "a", "dtype": "float64", "shape": [2, 3]]])
        #expect(try store.values("a", of: described, as: Double.self) == [0, 1, 2, 3, 4, 5])
    }

    @Test func canonicalFileIsKeptAsItCame() async throws {
        let store = try directory.open()
        let dataset = try await store.put(NumPyFile.identity, as: "i").item
        #expect(dataset.sha256 == NumPyFile.identityHash)
        let file = try store.arrayFile("i", of: dataset)
        #expect(file.sha256 == NumPyFile.identityHash)
        #expect(try file.read(at: 0, count: file.count) == NumPyFile.identity)
        #expect(try file.read(at: file.count - 8, count: 100) == NumPyFile.identity.suffix(8))
        #expect(try store.values("i", of: dataset, as: Int64.self) == [1, 0, 0, 1])
    }

    /// In pieces of many sizes, the last ones of which end in the midst of what is hashed apart.
    @Test(arguments: [1 << 20, (1 << 20) + 64, 5 << 20, (9 << 20) + 192])
    func bigUploadHasTheDigestOfItsBytes(count: Int) async throws {
        let store = try directory.open()
        let header = NPYHeader.encoded(dtype: .uint8, shape: [count])
        let content = header + (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 2_654_435_761 >> 11) }
        let upload = try store.upload()
        var (place, size) = (0, 1)
        while place < content.count {
            let end = min(place + size, content.count)
            try await upload.write(Array(content[place..<end]))
            (place, size) = (end, size % 300_000 * 3 + 1)
        }
        let dataset = try await upload.commit(as: "big").item
        let expected = SHA256()
        expected.update(content)
        #expect(dataset.sha256 == expected.finalize())
        let file = try store.arrayFile("big", of: dataset)
        #expect(try file.read(at: 0, count: file.count) == content)
    }

    @Test func archiveAndTextBecomeArrays() async throws {
        let store = try directory.open()
        let archive = try await store.put(NumPyFile.compressed, as: "z").item
        #expect(archive.arrays.map(\.name) == ["x", "y"])
        #expect(archive.arrays.map(\.dtype) == [.float32, .bool])
        #expect(try store.values("x", of: archive, as: Float.self) == [1.5, 2.5])
        #expect(try store.values("y", of: archive, as: UInt8.self) == [1, 0])
        let table = try await store.put(Array("a,b\n1,0.5\n2,1.5\n".utf8), as: "t", contentType: "text/csv")
            .item
        #expect(try store.values("a", of: table, as: Int64.self) == [1, 2])
        #expect(try store.values("b", of: table, as: Double.self) == [0.5, 1.5])
        let json = try await store.put(Array(#"{"x": [[1, 2]]}"#.utf8), as: "j").item
        #expect(json.arrays[0].shape == [1, 2])
    }

    @Test func wideTableNeedsFewDescriptors() async throws {
        let store = try directory.open()
        let names = (0..<300).map { "c\($0)" }
        let text =
            names.joined(separator: ",") + "\n" + names.indices.map(String.init).joined(separator: ",") + "\n"
        let table = try await store.put(Array(text.utf8), as: "wide", contentType: "text/csv").item
        #expect(table.arrays.count == 300)
        #expect(try store.values("c299", of: table, as: Int64.self) == [299])
    }

    @Test func unknownContentIsRefusedAndLeavesNothing() async throws {
        let store = try directory.open()
        await #expect(throws: Problem.self) { try await store.put([0, 1, 2, 3], as: "b") }
        let error = await #expect(throws: Problem.self) { try await store.put(NumPyFile.identity, as: "a/b") }
        #expect(error?.kind == .unprocessable)
        await #expect(throws: Problem.self) {
            try await store.put(NumPyFile.identity.dropLast(), as: "short")
        }
        #expect(try store.datasets().items.isEmpty)
        #expect(try directory.names(in: "tmp").isEmpty)
        #expect(try directory.names(in: "blobs").isEmpty)
    }

    @Test func abandonedUploadLeavesNothing() async throws {
        let store = try directory.open()
        do {
            let upload = try store.upload()
            try await upload.write(NumPyFile.identity)
            #expect(try directory.names(in: "tmp").count == 1)
        }
        // The upload's queue may hold it for a moment longer.
        #expect(await eventually { (try? directory.names(in: "tmp"))?.isEmpty == true })
    }

    @Test func discardedUploadLeavesNothingAtOnce() async throws {
        let store = try directory.open()
        for count in [1, 1 << 20, 3 << 20] {
            let upload = try store.upload()
            for _ in 0..<4 { try await upload.write([UInt8](repeating: 1, count: count)) }
            upload.discard()
            #expect(try directory.names(in: "tmp").isEmpty)
            await #expect(throws: Problem.self) { try await upload.commit(as: "discarded") }
        }
    }

    @Test func replacedContentGoesUnlessItIsHeld() async throws {
        let store = try directory.open()
        let queue = try JobQueue(store: store, runner: Runner.never, workers: 1)
        let first = try await store.put(NumPyFile.identity, as: "a").item
        let model = try await store.makeModel()
        let job = try await queue.submit(model, datasets: ["a": first.id])

        let second = try await store.put(NumPyFile.fortranBigEndian, as: "a")
        #expect(!second.created)
        #expect(second.item.id != first.id)
        #expect(try store.dataset("a") == second.item)
        #expect(try store.values("a", of: first, as: Int64.self) == [1, 0, 0, 1])
        #expect(try directory.names(in: "blobs").count == 2)

        _ = try await queue.cancel(job.id)
        #expect(throws: Problem.self) { try store.dataset(first.id) }
        #expect(try directory.names(in: "blobs").count == 1)
    }

    @Test func datasetOfAJobIsNotDeleted() async throws {
        let store = try directory.open()
        let queue = try JobQueue(store: store, runner: Runner.never, workers: 1)
        let dataset = try await store.put(NumPyFile.identity, as: "a").item
        let job = try await queue.submit(try await store.makeModel(), datasets: ["a": dataset.id])
        let error = await #expect(throws: Problem.self) { try await store.deleteDataset("a") }
        #expect(error?.kind == .conflict)
        #expect(error?.detail.contains(job.id.description) == true)
        _ = try await queue.cancel(job.id)
        try await store.deleteDataset("a")
        #expect(try directory.names(in: "blobs").isEmpty)
        let gone = await #expect(throws: Problem.self) { try await store.deleteDataset("a") }
        #expect(gone?.kind == .notFound)
    }

    @Test func equalContentIsKeptOnceUntilTheLastNameGoes() async throws {
        let store = try directory.open()
        try await store.put(NumPyFile.identity, as: "a")
        try await store.put(NumPyFile.identity, as: "b")
        #expect(try directory.names(in: "blobs") == [NumPyFile.identityHash])
        #expect(try store.storedBytes() == NumPyFile.identity.count)
        try await store.deleteDataset("a")
        #expect(try store.values("b", of: store.dataset("b"), as: Int64.self) == [1, 0, 0, 1])
        try await store.deleteDataset("b")
        #expect(try directory.names(in: "blobs").isEmpty)
    }

    @Test func mappedArrayOutlivesItsDataset() async throws {
        let store = try directory.open()
        let dataset = try await store.put(NumPyFile.identity, as: "a").item
        let array = try store.mappedArray("a", of: dataset.id)
        let file = try store.arrayFile("a", of: dataset)
        try await store.deleteDataset("a")
        #expect(
            withExtendedLifetime(array) { Array(array.bytes.bindMemory(to: Int64.self)) } == [1, 0, 0, 1])
        #expect(try file.read(at: 0, count: 1000) == NumPyFile.identity)
    }

    @Test func whatIsKeptInMemoryGoesWithItsDataset() async throws {
        let store = try directory.open()
        let first = try await store.put(NumPyFile.identity, as: "a").item
        for _ in 0..<2 { #expect(try store.values("a", of: first, as: Int64.self) == [1, 0, 0, 1]) }
        let second = try await store.put(NumPyFile.fortranBigEndian, as: "a").item
        #expect(try store.dataset("a") == second)
        #expect(try store.values("a", of: second, as: Double.self) == [0, 1, 2, 3, 4, 5])
        let error = #expect(throws: Problem.self) { try store.mappedArray("a", of: first.id) }
        #expect(error?.kind == .notFound)
        #expect(throws: Problem.self) { try store.mappedArray("b", of: second.id) }
        try await store.deleteDataset("a")
        #expect(throws: Problem.self) { try store.dataset(second.id) }
        #expect(throws: Problem.self) { try store.mappedArray("a", of: second.id) }
    }

    @Test func preconditionsAreCheckedWithTheChange() async throws {
        let store = try directory.open()
        try await store.put(NumPyFile.identity, as: "a")
        let upload = try store.upload()
        try await upload.write(NumPyFile.fortranBigEndian)
        let error = await #expect(throws: Problem.self) {
            try await upload.commit(as: "a") { (old) throws(Problem) in
                guard old?.sha256 != NumPyFile.identityHash else { throw Problem(.preconditionFailed, "no") }
            }
        }
        #expect(error?.kind == .preconditionFailed)
        #expect(try store.dataset("a").sha256 == NumPyFile.identityHash)
        #expect(try directory.names(in: "blobs") == [NumPyFile.identityHash])
    }

    @Test func refusedContentStaysWhileAnotherHoldsIt() async throws {
        let store = try directory.open()
        for _ in 1...2 {
            let upload = try store.upload()
            try await upload.write(NumPyFile.identity)
            await #expect(throws: Problem.self) {
                try await upload.commit(as: "a", share: StorageShare(owner: "o", limit: 1))
            }
            #expect(try directory.names(in: "blobs").isEmpty)
        }
        try await store.put(NumPyFile.identity, as: "a")
        let upload = try store.upload()
        try await upload.write(NumPyFile.identity)
        await #expect(throws: Problem.self) {
            try await upload.commit(share: StorageShare(owner: "o", limit: 1))
        }
        #expect(try store.values("a", of: store.dataset("a"), as: Int64.self) == [1, 0, 0, 1])
    }

    @Test func listIsPaged() async throws {
        let store = try directory.open()
        for name in ["c", "a", "d", "b"] { try await store.put(NumPyFile.identity, as: name) }
        let first = try store.datasets(limit: 3)
        #expect(first.items.map(\.name) == ["a", "b", "c"])
        let second = try store.datasets(limit: 3, after: first.next)
        #expect(second.items.map(\.name) == ["d"])
        #expect(second.next == nil)
        #expect(try store.datasets(limit: 4).next == nil)
    }

    @Test func serverMakesNames() async throws {
        let store = try directory.open()
        let upload = try store.upload()
        try await upload.write(NumPyFile.identity)
        let accepted = try await upload.commit()
        let dataset = try #require(accepted.made)
        #expect(DatasetID(parsing: dataset.name) == dataset.id)
        #expect(try store.dataset(dataset.name) == dataset)
    }
}
