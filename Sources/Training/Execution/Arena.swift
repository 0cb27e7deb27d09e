import Protocol

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// One block of address space from which a plan takes all its buffers, in order, before the first step.
///
/// The space is reserved at once and its pages come, zeroed, when they are first touched: a plan can be laid out,
/// and its size known, without any memory being used.
package final class Arena {
    /// Bytes taken so far.
    private(set) var used = 0
    /// Bytes that may be taken.
    let limit: Int
    /// What lies in it can be lent with this as its owner, to those who read it when the plan is at rest.
    let memory: Memory

    /// The block, given back when nobody has it any more.
    final class Memory: @unchecked Sendable {  // those that write it take turns, as the plan has them do
        fileprivate let base: UnsafeMutableRawPointer
        private let count: Int

        fileprivate init(base: UnsafeMutableRawPointer, count: Int) {
            self.base = base
            self.count = count
        }

        deinit { munmap(base, count) }
    }

    /// Cache lines and vectors begin at multiples of this.
    static let alignment = 64

    /// Reserves `limit` bytes of address space; throws a problem when there is not as much.
    package init(limit: Int) throws(Problem) {
        let count = max(limit, Arena.alignment)
        let space = mmap(
            nil, count, PROT_READ | PROT_WRITE,
            MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0)
        guard let space, space != MAP_FAILED else {
            throw Problem(
                .unavailable, "The server cannot reserve \(limit) bytes for training now; try again later.")
        }
        memory = Memory(base: space, count: count)
        self.limit = limit
        adviseHugePages()
    }

    /// Asks for big pages behind the first few MiB: their faults, and look-ups of addresses far apart, cost less. A small
    /// plan has no use for them, and would wait until one is cleared.
    private func adviseHugePages() {
        #if os(Linux)
            let page = 2 << 20
            let base = memory.base
            let start = (Int(bitPattern: base) + 2 * page - 1) / page * page - Int(bitPattern: base)
            // It is a hint.
            if start < limit { madvise(base + start, limit - start, MADV_HUGEPAGE) }
        #endif
    }

    /// A zeroed buffer of `count` elements, aligned to a cache line.
    package func take<Element: BitwiseCopyable>(_ count: Int, of: Element.Type = Element.self) throws(Problem)
        -> UnsafeMutablePointer<Element>
    {
        let size = count.multipliedReportingOverflow(by: MemoryLayout<Element>.stride)
        let padded = size.partialValue.addingReportingOverflow(Arena.alignment - 1)
        guard count >= 0, !size.overflow, !padded.overflow else { throw tooLarge("more than 2^63") }
        let bytes = padded.partialValue / Arena.alignment * Arena.alignment
        guard bytes <= limit - used else {
            throw tooLarge(String(clamping: used, adding: bytes))
        }
        defer { used += bytes }
        return (memory.base + used).bindMemory(to: Element.self, capacity: count)
    }

    private func tooLarge(_ bytes: String) -> Problem {
        Problem(
            .unprocessable,
            "This needs at least \(bytes) bytes of memory; the limit is \(limit). Use a smaller batch or model."
        )
    }
}

extension String {
    fileprivate init(clamping first: Int, adding second: Int) {
        let (sum, overflow) = first.addingReportingOverflow(second)
        self = overflow ? "more than 2^63" : "\(sum)"
    }
}
