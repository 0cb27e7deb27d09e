import Foundation
import Protocol
import Server
import Testing

@Suite struct StoreTests {
    let directory = DataDirectory()

    @Test func reopeningKeepsAll() async throws {
        var store = try directory.open()
        let dataset = try await store.put(NumPyFile.compressed, as: "z").item
        let model = try await store.makeModel()
        let changed = try await store.updateModel("m") { _ in
            ModelChange(compile: .set(["loss": "mse"]), state: .set([1, 2, 3]))
        }
        try store.close()

        store = try Store(directory: try directory.crashed().path)
        #expect(try store.dataset("z") == dataset)
        #expect(try store.values("x", of: dataset, as: Float.self) == [1.5, 2.5])
        #expect(try store.model("m") == changed)
        #expect(try store.model(model.id) == changed)
        #expect(try store.modelState(model.id)?.withUnsafeBytes { Array($0) } == [1, 2, 3])
    }

    @Test func theDatabaseWritesAheadAndIsWhole() throws {
        let store = try directory.open()
        try store.close()
        #expect(try directory.sql("PRAGMA journal_mode") == "wal\n")
        #expect(try directory.sql("PRAGMA integrity_check") == "ok\n")
    }

    @Test func secondServerIsKeptOut() throws {
        let store = try directory.open()
        let error = #expect(throws: StoreError.self) { try directory.open() }
        #expect(error?.description.contains("Another fitd") == true)
        try store.close()
    }

    @Test func newerSchemaIsRefused() throws {
        try directory.open().close()
        _ = try directory.sql("INSERT INTO grdb_migrations VALUES ('of a later version')")
        let error = #expect(throws: StoreError.self) { try directory.open() }
        #expect(error?.description.contains("newer version") == true)
    }

    /// Also in a directory that an operator has made for all to read, and with a database of an older version.
    @Test func whatIsWrittenIsItsOwnersAlone() async throws {
        try FileManager.default.createDirectory(
            atPath: directory.path, withIntermediateDirectories: true,
            attributes: [.posixPermissions: 0o755])
        let store = try directory.open()
        try await store.put(NumPyFile.compressed, as: "z")
        let runner = Runner { _, context in
            context.saveCheckpoint(epoch: 1) { [1] }
            while context.stop.request == .none { Thread.sleep(forTimeInterval: 0.001) }
            return .paused
        }
        let queue = try JobQueue(store: store, runner: runner, workers: 1)
        queue.start()
        let job = try await queue.submit(try await store.makeModel())
        try await queue.until(job.id, .checkpoint)
        let names = try FileManager.default.subpathsOfDirectory(atPath: directory.path)
        let wanted = ["fitd.sqlite", "fitd.sqlite-wal", "fitd.sqlite-shm", "jobs/\(job.id)/events.ndjson"]
        #expect(Set(names).isSuperset(of: wanted))
        #expect(try directory.openToOthers() == [])
        let mode = try FileManager.default.attributesOfItem(atPath: directory.path)[.posixPermissions]
        #expect(mode as? Int == 0o755)

        let crashed = try directory.crashed()
        await queue.drain()
        for name in wanted.prefix(3) {
            try FileManager.default.setAttributes(
                [.posixPermissions: 0o644], ofItemAtPath: "\(crashed.path)/\(name)")
        }
        #expect(try crashed.openToOthers().count == 3)
        let reopened = try crashed.open()
        #expect(try crashed.openToOthers() == [])
        #expect(try reopened.dataset("z").name == "z")
    }

    @Test func directoryThatIsAFileIsRefused() throws {
        try Data().write(to: URL(filePath: directory.path))
        #expect(throws: StoreError.self) { try directory.open() }
    }

    @Test func leftoversOfACrashAreRemoved() async throws {
        let store = try directory.open()
        try await store.put(NumPyFile.identity, as: "a")
        let upload = try store.upload()
        try await upload.write(NumPyFile.identity)
        let other = try store.upload()
        try await other.write(NumPyFile.fortranBigEndian)
        _ = try await other.commitForJob(name: "body")
        let crashed = try directory.crashed()
        try Data([1]).write(to: URL(filePath: "\(crashed.path)/blobs/\(String(repeating: "0", count: 64))"))
        #expect(try crashed.names(in: "tmp").count == 1)
        #expect(try crashed.names(in: "blobs").count == 3)

        let reopened = try crashed.open()
        #expect(try crashed.names(in: "tmp").isEmpty)
        #expect(try crashed.names(in: "blobs") == [NumPyFile.identityHash])
        #expect(try reopened.datasets().items.map(\.name) == ["a"])
        _ = upload
    }

    @Test func directoryThatVanishesIsTold() async throws {
        let store = try directory.open()
        try store.checkHealth()
        try FileManager.default.removeItem(atPath: directory.path)
        let health = #expect(throws: Problem.self) { try store.checkHealth() }
        #expect(health?.kind == .insufficientStorage)
        let upload = #expect(throws: Problem.self) { try store.upload() }
        #expect(upload?.kind == .insufficientStorage)
    }

    /// Needs the right to mount; passes over where that is missing.
    @Test(.enabled(if: SmallDisk.isPossible)) func fullDiskIsTold() async throws {
        let disk = try SmallDisk(bytes: 8 << 20)
        let store = try Store(directory: disk.path)
        let queue = try JobQueue(store: store, runner: Runner { _, _ in .succeeded() }, workers: 1)
        queue.start()
        let model = try await store.makeModel()
        var file = NumPyFile.identity
        file += [UInt8](repeating: 0, count: 16 << 20)
        let error = await #expect(throws: Problem.self) { try await store.put(file, as: "big") }
        #expect(error?.kind == .insufficientStorage)
        // The thread that has written lets go of the file when the error is told already.
        let isGone = await eventually {
            (try? FileManager.default.contentsOfDirectory(atPath: disk.path + "/tmp"))?.isEmpty == true
        }
        #expect(isGone)

        try disk.fill()
        let state = [UInt8](repeating: 1, count: 1 << 20)
        let full = await #expect(throws: Problem.self) {
            try await store.updateModel("m") { _ in ModelChange(state: .set(state)) }
        }
        #expect(full?.kind == .insufficientStorage)
        #expect(throws: Problem.self) { try store.checkHealth() }
        let refused = await #expect(throws: Problem.self) {
            for _ in 0..<10_000 { _ = try await queue.submit(model) }
        }
        #expect(refused?.kind == .insufficientStorage)

        try disk.clear()
        try store.checkHealth()
        let job = try await queue.submit(model)
        #expect(try await queue.wait(for: job.id, seconds: 30).status == .succeeded)
        await queue.drain()
        try store.close()
    }
}

/// A file system of a few megabytes.
final class SmallDisk {
    let path: String

    static var isPossible: Bool { (try? SmallDisk(bytes: 1 << 20)) != nil }

    init(bytes: Int) throws {
        path = FileManager.default.temporaryDirectory.appending(path: "fitd-\(UUID())").path()
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        guard mount("tmpfs", path, "tmpfs", 0, "size=\(bytes)") == 0 else {
            try FileManager.default.removeItem(atPath: path)
            throw CocoaError(.fileWriteNoPermission)
        }
    }

    deinit {
        umount2(path, Int32(MNT_DETACH))
        try? FileManager.default.removeItem(atPath: path)
    }

    func fill() throws {
        let file = open("\(path)/fill", O_WRONLY | O_CREAT, 0o600)
        defer { close(file) }
        for size in [1 << 20, 1 << 12, 1] {
            let bytes = [UInt8](repeating: 1, count: size)
            while write(file, bytes, size) == size {}
        }
    }

    func clear() throws { try FileManager.default.removeItem(atPath: "\(path)/fill") }
}
