import Testing
import Training

@Suite struct VariableTests {
    /// Numbers at an odd address, as they lie in a file.
    private final class Memory: @unchecked Sendable {  // only read
        let bytes: UnsafeRawBufferPointer
        private let space: UnsafeMutableRawBufferPointer

        init(_ values: [Float]) {
            space = .allocate(byteCount: values.count * 4 + 1, alignment: 16)
            let place = UnsafeMutableRawBufferPointer(rebasing: space[1...])
            values.withUnsafeBytes { place.copyMemory(from: $0) }
            bytes = UnsafeRawBufferPointer(place)
        }

        deinit { space.deallocate() }
    }

    private func lent(_ values: [Float], by memory: Memory) -> Variable {
        Variable(path: "dense/kernel", shape: [values.count], lent: memory.bytes, owner: memory)
    }

    @Test(arguments: [0, 1, 1000]) func valuesAreTheSameWhereverTheyLie(count: Int) {
        let values = (0..<count).map { Float($0) / 7 }
        var own = Variable(path: "dense/kernel", shape: [count], values: values)
        var lent = lent(values, by: Memory(values))
        #expect(lent.values == values && lent.count == count)
        #expect(lent == own && lent.hashValue == own.hashValue)
        #expect(own.withUnsafeBytes { Array($0) } == lent.withUnsafeBytes { Array($0) })
        own.values = [1]
        #expect(lent != own)
        lent.values = [1]
        #expect(lent == own && lent.count == 1)
    }

    @Test func theOwnerLivesAsLongAsTheVariable() {
        var memory: Memory? = Memory([1, 2, 3])
        weak let owner = memory
        var variables = memory.map { [lent([1, 2, 3], by: $0)] } ?? []
        memory = nil
        #expect(owner != nil)
        #expect(variables.first?.values == [1, 2, 3])
        variables = []
        #expect(owner == nil)
    }
}
