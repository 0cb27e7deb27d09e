import CEpoll
import Dispatch
import Glibc

/// Waits for many descriptors with one epoll instance, of whose own descriptor alone Dispatch knows.
///
/// One event then tells of all that are ready, and a descriptor that stays of interest costs no call. What Dispatch on
/// Linux gets wrong of descriptors that come and go (see ``DescriptorSource``) does not arise.
///
/// `@unchecked Sendable`: belongs to what runs on its queue.
final class DescriptorPoller: @unchecked Sendable {
    /// The most bytes that ``receive(from:)`` takes.
    static let receiveLimit = 64 << 10

    private let descriptor: Int32
    private let queue: DispatchQueue
    private var source: DescriptorSource?
    private var isPolling = false
    private var polled: [UInt64: PolledDescriptor] = [:]
    private var lastToken: UInt64 = 0
    private var received = [UInt8](repeating: 0, count: DescriptorPoller.receiveLimit)
    private var events = [epoll_event](repeating: epoll_event(), count: 64)

    /// A poller whose handlers run on `queue`.
    init(queue: DispatchQueue) {
        self.queue = queue
        descriptor = epoll_create1(Int32(EPOLL_CLOEXEC))
        guard descriptor >= 0 else { return }
        source = DescriptorSource(
            of: descriptor, on: queue, handler: { [weak self] in self?.begin() }, closed: {})
        source?.resume()
    }

    deinit { source?.cancel() }

    private func begin() {
        // An event may still come that was on its way when the source was suspended.
        if !isPolling { poll() }
    }

    /// Tells the handlers of what is ready, again and again while there is something; then Dispatch waits for more. A
    /// busy queue so goes on without a turn of Dispatch's manager thread and another one's waking.
    private func poll() {
        let count = epoll_wait(descriptor, &events, Int32(events.count), 0)
        guard count > 0 else {
            isPolling = false
            source?.resume()
            return
        }
        isPolling = true
        source?.suspend()
        // What a handler cancels has no token any more, whoever has its descriptor's number by then.
        for event in events.prefix(Int(count)) { polled[event.data.u64]?.handler() }
        // What the handlers have begun has its turn first.
        queue.async { [weak self] in self?.poll() }
    }

    /// What `recv(2)` returns, and the bytes: few of them in an allocation of their size, since they stay for as long as
    /// a request is incomplete.
    func receive(from descriptor: Int32) -> (status: Int, bytes: [UInt8]) {
        received.withUnsafeMutableBytes { buffer in
            var status = 0
            repeat {
                status = recv(descriptor, buffer.baseAddress, buffer.count, 0)
            } while status < 0 && errno == EINTR
            return (status, status > 0 ? Array(buffer.prefix(status)) : [])
        }
    }

    fileprivate func add(_ entry: PolledDescriptor) {
        lastToken += 1
        entry.token = lastToken
        polled[lastToken] = entry
        var event = epoll_event()
        event.events = entry.event == .readable ? EPOLLIN.rawValue : EPOLLOUT.rawValue
        event.data.u64 = lastToken
        // Should the system refuse, the connection's deadline ends it.
        _ = epoll_ctl(descriptor, EPOLL_CTL_ADD, entry.descriptor, &event)
    }

    fileprivate func remove(_ entry: PolledDescriptor) {
        guard polled.removeValue(forKey: entry.token) != nil else { return }
        var event = epoll_event()
        _ = epoll_ctl(descriptor, EPOLL_CTL_DEL, entry.descriptor, &event)
    }
}

/// A descriptor that a poller waits for, and which it owns.
///
/// Not thread-safe: belongs to what runs on the poller's queue.
final class PolledDescriptor {
    /// What is waited for. Whoever needs both has two descriptors, by `dup`.
    enum Event {
        case readable, writable
    }

    let event: Event
    let descriptor: Int32
    fileprivate let handler: () -> Void
    fileprivate var token: UInt64 = 0
    private let poller: DescriptorPoller
    private let closed: () -> Void
    private var isSuspended = true
    private var isClosed = false

    /// A descriptor that is not waited for yet. `closed` is called when ``cancel()`` has closed it.
    init(
        _ event: Event, of descriptor: Int32, by poller: DescriptorPoller,
        handler: @escaping () -> Void, closed: @escaping () -> Void
    ) {
        self.event = event
        self.descriptor = descriptor
        self.poller = poller
        self.handler = handler
        self.closed = closed
    }

    /// Lets events come, again and again while the descriptor is ready.
    func resume() {
        guard isSuspended, !isClosed else { return }
        isSuspended = false
        poller.add(self)
    }

    /// Holds events back. What is suspended is not polled at all: a hang-up would come whatever is asked for.
    func suspend() {
        guard !isSuspended else { return }
        isSuspended = true
        poller.remove(self)
    }

    /// Waits no more, and closes the descriptor.
    func cancel() {
        guard !isClosed else { return }
        suspend()
        isClosed = true
        close(descriptor)
        closed()
    }
}
