import Dispatch
import Foundation
import Synchronization

/// What uploads run on: few threads, however many clients send at one time.
final class UploadQueues: Sendable {
    private static let count = max(4, ProcessInfo.processInfo.activeProcessorCount)
    /// What takes longer to unpack than others should have to wait.
    private static let mostSmall = 64 << 20

    private let writing = (0..<count).map { DispatchQueue(label: "fitd.store.upload.\($0)") }
    private let last = Atomic(0)
    private let small = Places(count)
    private let big = Places(2)

    /// The queue that takes one upload's bytes in, beside those of others.
    func next() -> DispatchQueue { writing[last.add(1, ordering: .relaxed).newValue % Self.count] }

    /// The places where contents of so many bytes are unpacked: of big ones few, beside which small ones go on.
    func places(for count: Int) -> Places { count > Self.mostSmall ? big : small }
}
