import Dispatch
import Glibc

/// The one Dispatch source of a descriptor, which it owns: tells when it can be read.
///
/// On Linux, Dispatch loses track of a descriptor that gets a second source or is closed while a source is
/// registered (swift-corelibs-libdispatch #833 and #949). So a source is made once, is suspended and resumed
/// but never made anew, and the descriptor is closed in the cancel handler and nowhere else.
///
/// Not thread-safe: belongs to what runs on its queue.
final class DescriptorSource {
    private let source: any DispatchSourceProtocol
    private var isSuspended = true
    private var isActivated = false

    /// A suspended source. `closed` is called when the descriptor has been closed behind ``cancel()``.
    init(
        of descriptor: Int32, on queue: DispatchQueue,
        handler: @escaping @Sendable () -> Void, closed: @escaping @Sendable () -> Void
    ) {
        source = DispatchSource.makeReadSource(fileDescriptor: descriptor, queue: queue)
        source.setEventHandler(handler: handler)
        source.setCancelHandler {
            close(descriptor)
            closed()
        }
    }

    /// Lets events come.
    func resume() {
        guard isSuspended else { return }
        isSuspended = false
        if isActivated {
            source.resume()
        } else {
            isActivated = true
            source.activate()
        }
    }

    /// Holds events back; one that is on its way may still come.
    func suspend() {
        guard !isSuspended else { return }
        isSuspended = true
        source.suspend()
    }

    /// Ends the source, and closes the descriptor when no event can come any more.
    func cancel() {
        source.cancel()
        // A suspended source does not get to its cancel handler.
        resume()
    }
}
