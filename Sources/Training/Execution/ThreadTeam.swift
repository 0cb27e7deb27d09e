import Foundation
import Kernels
import Synchronization

/// Work in parts that a team can do without allocating: what a part needs is in the value.
package protocol ParallelBody {
    /// Does one part. Parts run on several threads at once, so what they write must not overlap.
    func run(part: Int)
}

/// Threads that stand ready to do the parts of one piece of work: the caller and `threads − 1` others.
///
/// `parallel` gives part p to thread `p mod threads`, always the same one, takes no lock and allocates nothing.
/// Threads without work spin for some microseconds, give way to others for some more, and then sleep, so that an
/// idle team costs nothing. They take subnormal numbers as zero.
package final class ThreadTeam: Sendable {
    /// How many threads work, the caller among them.
    package let threads: Int

    private let workers: [Worker]
    private let work = SharedWork()
    // Read and written by the caller that `work` is busy for.
    nonisolated(unsafe) private var running: Int?

    /// A team of at least one, the caller. The others start with their first work: small models have none for them.
    package init(threads: Int) {
        self.threads = max(threads, 1)
        let work = self.work
        workers = (1..<self.threads).map { Worker(index: $0, work: work) }
    }

    deinit {
        for worker in workers.prefix(running ?? 0) { worker.stop() }
    }

    /// How many others run: fewer than wanted where the system has no more to give.
    private func startedWorkers() -> Int {
        if let running { return running }
        let count = workers.firstIndex { !$0.start() } ?? workers.count
        running = count
        return count
    }

    /// Runs `body.run(part:)` for each part in `0..<parts`, and returns when all are done. Allocates nothing, but for
    /// the threads at first.
    ///
    /// One thread calls this at a time. A call from inside a part runs all of its parts on the thread it is made on.
    package func parallel<Body: ParallelBody>(parts: Int, _ body: Body) {
        if threads == 1 || parts <= 1 || !work.begin() {
            for part in 0..<max(parts, 0) { body.run(part: part) }
            return
        }
        let stride = startedWorkers() + 1
        withUnsafePointer(to: body) { body in
            let helpers = min(stride, parts) - 1
            let function: PartFunction = { $0.assumingMemoryBound(to: Body.self).pointee.run(part: $1) }
            work.post(function, UnsafeRawPointer(body), parts: parts, stride: stride, helpers: helpers)
            for index in 0..<helpers { workers[index].wake() }
            for part in Swift.stride(from: 0, to: parts, by: stride) { body.pointee.run(part: part) }
            work.finish()
        }
    }

    /// Runs `body(part)` for each part in `0..<parts`. Allocates a few bytes for a closure written at the call.
    package func parallel(parts: Int, _ body: (Int) -> Void) {
        withoutActuallyEscaping(body) { parallel(parts: parts, ClosureBody(body: $0)) }
    }
}

private struct ClosureBody: ParallelBody {
    let body: (Int) -> Void
    func run(part: Int) { body(part) }
}

/// Does a part of the work that the pointer points at.
private typealias PartFunction = (UnsafeRawPointer, Int) -> Void

/// What a team works on.
private final class SharedWork: Sendable {
    private struct Assignment {
        var function: PartFunction
        var body: UnsafeRawPointer
        var parts = 0
        var stride = 1
    }

    // Written by the caller alone while no worker works, and read by workers between their wake and their
    // countdown: both are ordered by the workers' atomic tickets and by `pending`.
    nonisolated(unsafe) private var assignment: Assignment?
    private let isBusy = Atomic(false)
    private let pending = Atomic(0)
    private let caller = Sleeper()

    /// Whether the team was free and now is not.
    func begin() -> Bool {
        isBusy.compareExchange(expected: false, desired: true, ordering: .acquiring).exchanged
    }

    func post(
        _ function: @escaping PartFunction, _ body: UnsafeRawPointer, parts: Int, stride: Int, helpers: Int
    ) {
        assignment = Assignment(function: function, body: body, parts: parts, stride: stride)
        pending.store(helpers, ordering: .releasing)
    }

    /// Does the parts that fall to thread `index`.
    func run(index: Int) {
        if let assignment {
            for part in Swift.stride(from: index, to: assignment.parts, by: assignment.stride) {
                assignment.function(assignment.body, part)
            }
        }
        if pending.subtract(1, ordering: .sequentiallyConsistent).newValue == 0 { caller.wakeIfAsleep() }
    }

    /// Waits for the workers, and forgets the work.
    func finish() {
        caller.wait { pending.load(ordering: .sequentiallyConsistent) == 0 }
        assignment = nil
        isBusy.store(false, ordering: .releasing)
    }
}

/// One thread of a team.
private final class Worker: Sendable {
    private let index: Int
    private let work: SharedWork
    /// How many pieces of work this thread was woken for; negative to end.
    private let tickets = Atomic(0)
    private let sleeper = Sleeper()
    private let hasEnded = DispatchSemaphore(value: 0)

    init(index: Int, work: SharedWork) {
        self.index = index
        self.work = work
    }

    /// Whether the thread could be started.
    func start() -> Bool {
        var thread = pthread_t()
        let context = Unmanaged.passRetained(self)
        let status = pthread_create(&thread, nil, runWorker, context.toOpaque())
        guard status == 0 else {
            context.release()
            return false
        }
        pthread_detach(thread)
        return true
    }

    func wake() {
        tickets.add(1, ordering: .sequentiallyConsistent)
        sleeper.wakeIfAsleep()
    }

    /// Ends the thread and waits until it is over.
    func stop() {
        tickets.store(.min, ordering: .sequentiallyConsistent)
        sleeper.wakeIfAsleep()
        hasEnded.wait()
    }

    func loop() {
        var done = 0
        while true {
            sleeper.wait { tickets.load(ordering: .sequentiallyConsistent) != done }
            if tickets.load(ordering: .acquiring) < 0 { break }
            done += 1
            work.run(index: index)
        }
        hasEnded.signal()
    }
}

private func runWorker(_ context: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
    guard let context else { return nil }
    Subnormals.flush()
    Unmanaged<Worker>.fromOpaque(context).takeRetainedValue().loop()
    return nil
}

/// Waiting that is cheap when short and free when long.
private final class Sleeper: Sendable {
    private static let spins = 20_000
    private static let yields = 50

    private let isAsleep = Atomic(false)
    private let condition = NSCondition()

    /// Returns once `isReady`, which another thread makes true before it calls `wakeIfAsleep`.
    func wait(until isReady: () -> Bool) {
        for _ in 0..<Self.spins where isReady() { return }
        for _ in 0..<Self.yields {
            if isReady() { return }
            sched_yield()
        }
        condition.lock()
        isAsleep.store(true, ordering: .sequentiallyConsistent)
        while !isReady() { condition.wait() }
        isAsleep.store(false, ordering: .sequentiallyConsistent)
        condition.unlock()
    }

    func wakeIfAsleep() {
        guard isAsleep.load(ordering: .sequentiallyConsistent) else { return }
        condition.lock()
        condition.broadcast()
        condition.unlock()
    }
}
