import Dispatch
import Foundation

/// SIGTERM or SIGINT, as something to wait for.
struct StopRequest {
    private let signals: AsyncStream<Void>
    private let sources: [any DispatchSourceSignal]

    /// From here on the signals no longer end the process.
    init() {
        let (stream, continuation) = AsyncStream.makeStream(of: Void.self)
        signals = stream
        sources = [SIGTERM, SIGINT].map { number in
            signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
            source.setEventHandler { continuation.yield() }
            source.activate()
            return source
        }
    }

    /// Returns when the first one comes. The next one ends the process where it stands.
    func wait() async {
        for await _ in signals { break }
        for source in sources {
            source.setEventHandler { [number = source.handle] in _exit(128 + Int32(number)) }
        }
    }
}

/// SIGHUP, as something that is done each time it comes.
struct ReloadRequest {
    private let source: any DispatchSourceSignal

    init(_ reload: @escaping @Sendable () -> Void) {
        signal(SIGHUP, SIG_IGN)
        source = DispatchSource.makeSignalSource(signal: SIGHUP, queue: .global())
        source.setEventHandler(handler: reload)
        source.activate()
    }
}
