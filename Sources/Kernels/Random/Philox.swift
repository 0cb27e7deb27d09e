/// Philox4x32-10 of Salmon et al., "Parallel Random Numbers: As Easy as 1, 2, 3" (2011): a counter and a key give
/// 128 random bits, without any state.
public struct Philox: Sendable, Hashable {
    /// The key: who draws.
    public let key: UInt64
    /// The upper half of the counter: what for. Streams of one key never meet.
    public let stream: UInt64

    /// Random numbers of a key and a stream; the lower half of the counter runs with the place in the stream.
    public init(key: UInt64, stream: UInt64 = 0) {
        self.key = key
        self.stream = stream
    }

    /// The four words that a counter gives.
    public static func block(key: UInt64, counter: (UInt64, UInt64)) -> SIMD4<UInt32> {
        let lanes = eightBlocks(
            key: key, first: SIMD8(repeating: UInt32(truncatingIfNeeded: counter.0)),
            second: SIMD8(repeating: UInt32(truncatingIfNeeded: counter.0 >> 32)), upper: counter.1)
        return SIMD4(lanes.0[0], lanes.1[0], lanes.2[0], lanes.3[0])
    }

    /// The 64 random bits at a place; places of 64 bits and of floats do not share a stream.
    public func bits(at index: UInt64) -> UInt64 {
        let block = Self.block(key: key, counter: (index, stream))
        return UInt64(block.x) | UInt64(block.y) << 32
    }

    /// An integer in `0..<bound`, the one at place `index`; 0 if `bound` is 0.
    public func integer(below bound: UInt64, at index: UInt64) -> UInt64 {
        bits(at: index).multipliedFullWidth(by: bound).high
    }

    /// Shuffles `count` elements as Fisher and Yates do: all orders are equally likely. Element `i` changes places
    /// by the integer at place `first + i`.
    public func shuffle(_ elements: UnsafeMutablePointer<Int>, count: Int, first: UInt64 = 0) {
        var last = count - 1
        while last > 0 {
            let place = first &+ UInt64(last)
            let words = words(group: place / 8)
            var lane = Int(place % 8)
            while last > 0, lane >= 0 {
                let bits = UInt64(words.0[lane]) | UInt64(words.1[lane]) << 32
                let other = Int(bits.multipliedFullWidth(by: UInt64(last + 1)).high)
                (elements[last], elements[other]) = (elements[other], elements[last])
                last -= 1
                lane -= 1
            }
        }
    }

    /// The 32 words of group `group` of the stream: word w of its eight blocks, eight lanes each. Element
    /// `32 · group + 8 · w + lane` of a stream of words is lane `lane` of word w.
    @inline(__always)
    func words(group: UInt64) -> PhiloxWords {
        let base = group &* 8
        let low = SIMD8<UInt32>(repeating: UInt32(truncatingIfNeeded: base)) &+ SIMD8(0, 1, 2, 3, 4, 5, 6, 7)
        // A group's eight blocks never straddle 2^32, for eight divides it.
        let high = SIMD8<UInt32>(repeating: UInt32(truncatingIfNeeded: base >> 32))
        return Self.eightBlocks(key: key, first: low, second: high, upper: stream)
    }

    @inline(__always)
    private static func eightBlocks(
        key: UInt64, first: SIMD8<UInt32>, second: SIMD8<UInt32>, upper: UInt64
    ) -> PhiloxWords {
        var (x, y) = (first, second)
        var z = SIMD8<UInt32>(repeating: UInt32(truncatingIfNeeded: upper))
        var w = SIMD8<UInt32>(repeating: UInt32(truncatingIfNeeded: upper >> 32))
        var (k0, k1) = (UInt32(truncatingIfNeeded: key), UInt32(truncatingIfNeeded: key >> 32))
        for _ in 0..<10 {
            let (a, b) = (multiply(x, 0xD251_1F53), multiply(z, 0xCD9E_8D57))
            (x, z) = (b.high ^ y ^ SIMD8(repeating: k0), a.high ^ w ^ SIMD8(repeating: k1))
            (y, w) = (b.low, a.low)
            k0 &+= 0x9E37_79B9
            k1 &+= 0xBB67_AE85
        }
        return (x, y, z, w)
    }

    @inline(__always)
    private static func multiply(
        _ x: SIMD8<UInt32>, _ factor: UInt64
    ) -> (low: SIMD8<UInt32>, high: SIMD8<UInt32>) {
        // Even and odd lanes apart, as the processor multiplies them.
        let low32 = SIMD4<UInt64>(repeating: 0xFFFF_FFFF)
        let half = SIMD4<UInt64>(repeating: 32)
        let pairs = unsafeBitCast(x, to: SIMD4<UInt64>.self)
        let even = (pairs & low32) &* SIMD4(repeating: factor)
        let odd = (pairs &>> half) &* SIMD4(repeating: factor)
        return (
            unsafeBitCast((even & low32) | (odd &<< half), to: SIMD8<UInt32>.self),
            unsafeBitCast((even &>> half) | (odd & ~low32), to: SIMD8<UInt32>.self)
        )
    }
}

/// Four words of eight blocks.
typealias PhiloxWords = (SIMD8<UInt32>, SIMD8<UInt32>, SIMD8<UInt32>, SIMD8<UInt32>)
