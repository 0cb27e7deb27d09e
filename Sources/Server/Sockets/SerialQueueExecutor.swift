import Dispatch

/// Runs actors, and tasks that prefer it, on one serial Dispatch queue, which their Dispatch sources share:
/// what a source's handler does and what an actor does never overlap. (`DispatchSerialQueue`, which is such
/// an executor itself, is missing on Linux.)
///
/// A server has a few of these, and each connection lives on one. What runs here never waits, so that the
/// queues share as many threads as there are processors; by itself Dispatch makes one for each queue that has
/// something to do and lets more and more of them take turns, each with memory that the allocator keeps for it.
/// No other queue here has their quality of service, whose threads somebody could block.
///
/// It is a task executor too because a task that waits in an actor is first resumed wherever it prefers, and
/// without a preference on the cooperative pool, which somebody else may be blocking.
final class SerialQueueExecutor: SerialExecutor, TaskExecutor {
    let queue: DispatchQueue
    /// Waits for the descriptors of what lives on the queue.
    let poller: DescriptorPoller

    init(label: String) {
        queue = DispatchQueue(label: label, target: .global(qos: .userInteractive))
        poller = DescriptorPoller(queue: queue)
    }

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        queue.async { [self] in
            job.runSynchronously(
                isolatedTo: asUnownedSerialExecutor(), taskExecutor: asUnownedTaskExecutor())
        }
    }

    func asUnownedSerialExecutor() -> UnownedSerialExecutor { UnownedSerialExecutor(ordinary: self) }

    func checkIsolated() { dispatchPrecondition(condition: .onQueue(queue)) }
}
