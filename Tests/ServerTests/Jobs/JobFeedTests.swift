import Protocol
import Server
import Testing

@Suite(.timeLimit(.minutes(1))) struct JobFeedTests {
    let directory = DataDirectory()

    /// Reads until a job is as wanted; every job that was told meanwhile, in order.
    private func read(_ feed: inout JobFeed, until id: JobID, is status: JobStatus) async throws -> [Job] {
        var told: [Job] = []
        while let jobs = try await feed.next(within: 60) {
            told += jobs
            if jobs.contains(where: { $0.id == id && $0.status == status }) { break }
        }
        return told
    }

    @Test func tellsWhatIsThereThenEveryChange() async throws {
        let store = try directory.open()
        let queue = try JobQueue(store: store, runner: Runner.untilStopped, workers: 1)
        let model = try await store.makeModel()
        let first = try await queue.submit(model)
        let second = try await queue.submit(model)
        var feed = queue.feed()
        #expect(try await feed.next(within: 60)?.map(\.id) == [first.id, second.id])
        #expect(try await feed.next(within: 0) == [], "nothing has changed")
        queue.start()
        _ = try await read(&feed, until: first.id, is: .running)
        _ = try await queue.cancel(first.id)
        var told = try await read(&feed, until: first.id, is: .cancelled)
        let third = try await queue.submit(model)
        told += try await read(&feed, until: third.id, is: .queued)
        _ = try await queue.cancel(third.id)
        told += try await read(&feed, until: third.id, is: .cancelled)
        #expect(told.filter(\.status.isEnded).map(\.id) == [first.id, third.id])
        #expect(told.contains { $0.id == second.id && $0.status == .running })
        await queue.drain(seconds: 5)
    }

    @Test func jobsThatComeAndEndBetweenTwoLooksAreTold() async throws {
        let store = try directory.open()
        let queue = try JobQueue(store: store, runner: Runner { _, _ in .succeeded() }, workers: 1)
        let model = try await store.makeModel()
        var feed = queue.feed()
        #expect(try await feed.next(within: 60) == [])
        queue.start()
        var ids: [JobID] = []
        for _ in 0..<20 { ids.append(try await queue.submit(model).id) }
        for id in ids { _ = try await queue.wait(for: id, seconds: 60) }
        let told = try await read(&feed, until: ids[19], is: .succeeded)
        #expect(told.filter(\.status.isEnded).map(\.id) == ids)
        await queue.drain(seconds: 5)
    }

    @Test func withoutFollowingItEndsAtNowWhateverChanges() async throws {
        let store = try directory.open()
        let queue = try JobQueue(store: store, runner: Runner.untilStopped, workers: 1)
        let job = try await queue.submit(try await store.makeModel())
        var feed = queue.feed(follow: false)
        #expect(try await feed.next(within: 60)?.map(\.id) == [job.id])
        queue.start()
        try await queue.until(job.id, .running)
        #expect(try await feed.next(within: 60) == nil)
        await queue.drain(seconds: 5)
    }
}
