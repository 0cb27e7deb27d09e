import Foundation
import Protocol
import Server
import Synchronization
import Testing

/// One sync serves many commits, and none is told durable that a sync did not begin after.
@Suite struct CommitSyncTests {
    /// A log and a disk: a sync takes what the log had when it began.
    private final class Disk: Sendable {
        struct Content {
            var committed = Set<Int>()
            var durable = Set<Int>()
            var syncs = 0
            var isFull = false
        }

        let content = Mutex(Content())

        func sync() throws {
            let committed = try content.withLock { content in
                content.syncs += 1
                if content.isFull { throw Problem(.insufficientStorage, "full") }
                return content.committed
            }
            usleep(2000)
            content.withLock { $0.durable.formUnion(committed) }
        }
    }

    @Test func commitsShareSyncs() {
        let disk = Disk()
        let commits = CommitSync { try disk.sync() }
        // Threads of their own: Dispatch may run its iterations one after the other.
        let clients = DispatchGroup()
        for client in 0..<8 {
            clients.enter()
            Thread {
                for number in 0..<50 {
                    let commit = client * 50 + number
                    disk.content.withLock { _ = $0.committed.insert(commit) }
                    #expect(throws: Never.self) { try commits.wait() }
                    #expect(disk.content.withLock { $0.durable.contains(commit) })
                }
                clients.leave()
            }.start()
        }
        clients.wait()
        #expect(disk.content.withLock { $0.syncs } < 400)
    }

    @Test func whoWaitsWithoutAThreadIsToldToo() async throws {
        let disk = Disk()
        let commits = CommitSync { try disk.sync() }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for commit in 0..<100 {
                group.addTask {
                    disk.content.withLock { _ = $0.committed.insert(commit) }
                    try await commits.wait()
                    #expect(disk.content.withLock { $0.durable.contains(commit) })
                }
            }
            try await group.waitForAll()
        }
        #expect(disk.content.withLock { $0.syncs } < 100)
    }

    @Test func whoFindsNobodyAtItSyncsOnItsOwnThread() throws {
        let thread = Mutex<pthread_t?>(nil)
        let commits = CommitSync { thread.withLock { $0 = pthread_self() } }
        try commits.wait()
        #expect(thread.withLock { $0 } == pthread_self())
    }

    @Test func aFailureIsToldAndTheNextSyncIsTried() throws {
        let disk = Disk()
        let commits = CommitSync { try disk.sync() }
        disk.content.withLock { $0.isFull = true }
        let problem = #expect(throws: Problem.self) { try commits.wait() }
        #expect(problem?.kind == .insufficientStorage)
        disk.content.withLock { $0.isFull = false }
        try commits.wait()
    }
}
