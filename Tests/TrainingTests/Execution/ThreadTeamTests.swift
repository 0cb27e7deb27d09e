import Foundation
import Synchronization
import Testing
import Training

/// Integers that parts write without a lock, each its own.
private final class Slots: @unchecked Sendable {
    // No two parts share an element, and `parallel` orders their writes before its return.
    let values: UnsafeMutableBufferPointer<Int>

    init(_ count: Int) {
        values = .allocate(capacity: count)
        values.initialize(repeating: 0)
    }

    deinit { values.deallocate() }
}

@Suite struct ThreadTeamTests {
    @Test(arguments: [1, 2, 3, 5]) func everyPartRunsOnce(threads: Int) {
        let team = ThreadTeam(threads: threads)
        #expect(team.threads == threads)
        for parts in [0, 1, 2, 3, 7, 64] {
            let slots = Slots(64)
            for _ in 0..<50 { team.parallel(parts: parts) { slots.values[$0] += $0 + 1 } }
            for part in 0..<64 { #expect(slots.values[part] == (part < parts ? 50 * (part + 1) : 0)) }
        }
    }

    @Test func bodiesMayBeValues() {
        struct Squares: ParallelBody {
            let slots: Slots
            func run(part: Int) { slots.values[part] = part * part }
        }
        let team = ThreadTeam(threads: 3)
        let slots = Slots(10)
        team.parallel(parts: 10, Squares(slots: slots))
        #expect(Array(slots.values) == (0..<10).map { $0 * $0 })
    }

    @Test func aPartStaysOnItsThread() {
        let team = ThreadTeam(threads: 3)
        let threads = Slots(6)
        func draw() -> [Int] {
            team.parallel(parts: 6) { threads.values[$0] = Int(bitPattern: UInt(pthread_self())) }
            return Array(threads.values)
        }
        let first = draw()
        #expect(first[0] == Int(bitPattern: UInt(pthread_self())))
        #expect(first[..<3] == first[3...] && Set(first).count == 3)
        for _ in 0..<100 { #expect(draw() == first) }
    }

    @Test func workGoesOnAfterSleep() {
        let team = ThreadTeam(threads: 2)
        let slots = Slots(2)
        for _ in 0..<5 {
            team.parallel(parts: 2) { slots.values[$0] += 1 }
            // Long enough for the other thread to sleep; then one part is slow enough for the caller to.
            Thread.sleep(forTimeInterval: 0.02)
            team.parallel(parts: 2) { part in
                if part == 1 { Thread.sleep(forTimeInterval: 0.02) }
                slots.values[part] += 1
            }
        }
        #expect(Array(slots.values) == [10, 10])
    }

    @Test func callsInsideWorkRunInline() {
        let team = ThreadTeam(threads: 2)
        let slots = Slots(8)
        team.parallel(parts: 2) { outer in
            team.parallel(parts: 4) { slots.values[outer * 4 + $0] += 1 }
        }
        #expect(slots.values.allSatisfy { $0 == 1 })
    }

    @Test func manyTeamsShareTheMachine() async {
        let total = await withTaskGroup(of: Int.self) { group in
            for _ in 0..<4 {
                group.addTask {
                    let team = ThreadTeam(threads: 3)
                    let sum = Atomic(0)
                    for _ in 0..<500 { team.parallel(parts: 6) { sum.add($0, ordering: .relaxed) } }
                    return sum.load(ordering: .relaxed)
                }
            }
            return await group.reduce(0, +)
        }
        #expect(total == 4 * 500 * 15)
    }
}
