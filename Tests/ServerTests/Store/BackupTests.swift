import Foundation
import Protocol
import Server
import Testing

/// What `fitd backup` and `fitd restore` do.
@Suite(.timeLimit(.minutes(1))) struct BackupTests {
    let directory = DataDirectory()
    let copy = DataDirectory()
    let restored = DataDirectory()

    /// A store with a dataset, and a model whose state is a blob of its own.
    func filled() async throws -> (Store, Dataset) {
        let store = try directory.open()
        let dataset = try await store.put(NumPyFile.compressed, as: "z").item
        _ = try await store.makeModel()
        _ = try await store.updateModel("m") { _ in ModelChange(state: .set(Self.state)) }
        return (store, dataset)
    }

    static let state = [UInt8](repeating: 7, count: 1 << 20)

    @Test func liveStoreIsCopiedAndRestored() async throws {
        let (store, dataset) = try await filled()
        let backup = try Backup.make(of: directory.path, in: copy.path)
        #expect(backup.fileCount == 3)
        // What comes later is not in it.
        try await store.put(NumPyFile.identity, as: "later")
        _ = try Backup.restore(copy.path, to: restored.path)

        let again = try restored.open()
        #expect(try again.dataset("z") == dataset)
        #expect(try again.values("x", of: dataset, as: Float.self) == [1.5, 2.5])
        let model = try again.model("m")
        #expect(try again.modelState(model.id)?.withUnsafeBytes { Array($0) } == Self.state)
        #expect(throws: Problem.self) { try again.dataset("later") }
    }

    /// Also from a directory, and to ones, that all may read.
    @Test func copiesAreTheirOwnersAlone() async throws {
        let (store, _) = try await filled()
        for directory in [copy, restored] {
            try FileManager.default.createDirectory(
                atPath: directory.path, withIntermediateDirectories: true,
                attributes: [.posixPermissions: 0o755])
        }
        for name in ["fitd.sqlite", "blobs/\(try directory.names(in: "blobs")[0])"] {
            try FileManager.default.setAttributes(
                [.posixPermissions: 0o644], ofItemAtPath: "\(directory.path)/\(name)")
        }
        _ = try Backup.make(of: directory.path, in: copy.path)
        #expect(try copy.openToOthers() == [])
        _ = try Backup.restore(copy.path, to: restored.path)
        #expect(try restored.openToOthers() == [])
        #expect(try restored.names(in: "blobs").count == 3)
        try store.close()
    }

    @Test func runningJobGoesOnFromTheCopy() async throws {
        let store = try directory.open()
        let gate = Gate()
        let queue = try JobQueue(
            store: store,
            runner: Runner { _, context in
                context.saveCheckpoint(epoch: 1) { [1] }
                gate.pass()
                return .paused
            }, workers: 1)
        queue.start()
        let job = try await queue.submit(try await store.makeModel())
        try await queue.until(job.id, .checkpoint)
        _ = try Backup.make(of: directory.path, in: copy.path)
        gate.open()
        await queue.drain()

        let again = try JobQueue(
            store: copy.open(),
            runner: Runner { _, context in
                #expect(context.checkpoint?.place.epoch == 1)
                return .succeeded()
            }, workers: 1)
        again.start()
        #expect(try await again.wait(for: job.id, seconds: 30).status == .succeeded)
        #expect(
            try await again.allEvents(of: job.id).map(\.kind)
                == [.queued, .started, .checkpoint, .interrupted, .resumed, .succeeded])
        await again.drain()
    }

    @Test func copyWhileDatasetsComeAndGoIsWhole() async throws {
        let (store, _) = try await filled()
        let writer = Task {
            while !Task.isCancelled {
                try await store.put(NumPyFile.identity, as: "a")
                try await store.put(NumPyFile.fortranBigEndian, as: "a")
            }
        }
        for number in 0..<5 {
            let target = DataDirectory()
            let backup = try Backup.make(of: directory.path, in: target.path)
            #expect(backup.fileCount >= 3, "copy \(number)")
            // Restoring checks each file.
            let again = DataDirectory()
            _ = try Backup.restore(target.path, to: again.path)
        }
        writer.cancel()
        _ = await writer.result
    }

    @Test func damagedCopyIsRefused() async throws {
        _ = try await filled()
        _ = try Backup.make(of: directory.path, in: copy.path)
        let name = try #require(try copy.names(in: "blobs").max())
        let blob = URL(filePath: "\(copy.path)/blobs/\(name)")
        var bytes = try Data(contentsOf: blob)
        bytes[0] ^= 1
        try bytes.write(to: blob)
        var error = #expect(throws: StoreError.self) { try Backup.restore(copy.path, to: restored.path) }
        #expect(error?.description.contains("\(name) is damaged") == true)
        #expect(!FileManager.default.fileExists(atPath: restored.path))
        try FileManager.default.removeItem(at: blob)
        error = #expect(throws: StoreError.self) { try Backup.restore(copy.path, to: restored.path) }
        #expect(error?.description.contains("\(name) is missing") == true)
    }

    @Test func directoryInUseIsNotWrittenTo() async throws {
        _ = try await filled()
        let error = #expect(throws: StoreError.self) {
            try Backup.make(of: directory.path, in: directory.path)
        }
        #expect(error?.description.contains("not empty") == true)
        let none = #expect(throws: StoreError.self) { try Backup.make(of: copy.path, in: restored.path) }
        #expect(none?.description.contains("no data directory") == true)
    }
}
