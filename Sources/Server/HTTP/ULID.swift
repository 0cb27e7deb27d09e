import Glibc

/// A name that sorts by the time at which it was made: 48 bits of milliseconds since 1970 and 80 random
/// bits, in 26 characters of Crockford's base 32 (https://github.com/ulid/spec).
public struct ULID: Sendable, Hashable, CustomStringConvertible {
    /// The 26 characters.
    public let description: String

    private static let alphabet = Array("0123456789ABCDEFGHJKMNPQRSTVWXYZ".utf8)

    /// A new name, of now.
    public init() {
        var now = timespec()
        clock_gettime(CLOCK_REALTIME, &now)
        let milliseconds = UInt64(clamping: now.tv_sec) &* 1000 &+ UInt64(clamping: now.tv_nsec) / 1_000_000
        var generator = SystemRandomNumberGenerator()
        self.init(
            milliseconds: milliseconds, random: (generator.next() as UInt64, generator.next() as UInt16))
    }

    /// The name of a moment and 80 bits.
    init(milliseconds: UInt64, random: (low: UInt64, high: UInt16)) {
        var low = random.low
        var high = UInt64(random.high) | (milliseconds & 0xFFFF_FFFF_FFFF) << 16
        var characters = [UInt8](repeating: 0, count: 26)
        for index in characters.indices.reversed() {
            characters[index] = Self.alphabet[Int(low & 31)]
            low = low >> 5 | (high & 31) << 59
            high >>= 5
        }
        description = String(decoding: characters, as: UTF8.self)
    }
}
