/// 128 bits that sort by the time at which they were made: 48 bits of milliseconds since 1970, then 80 random
/// ones, written as 26 characters of Crockford's base 32 (https://github.com/ulid/spec).
public struct ULID: Sendable, Hashable, Comparable, CustomStringConvertible {
    /// The time, and the upper 16 random bits.
    public let high: UInt64
    /// The lower 64 random bits.
    public let low: UInt64

    private static let alphabet = Array("0123456789ABCDEFGHJKMNPQRSTVWXYZ".utf8)

    /// The identifier of a moment and 80 bits; of `milliseconds` the lower 48 bits count.
    public init(milliseconds: UInt64, random: (high: UInt16, low: UInt64)) {
        high = milliseconds << 16 | UInt64(random.high)
        low = random.low
    }

    /// A new one, of this moment.
    public init() {
        var generator = SystemRandomNumberGenerator()
        self.init(
            milliseconds: UInt64(clamping: Timestamp.now.milliseconds),
            random: (generator.next(), generator.next()))
    }

    private init(high: UInt64, low: UInt64) {
        (self.high, self.low) = (high, low)
    }

    /// Reads the 26 characters as they are written, in upper case; nil for anything else.
    public init?(parsing text: some StringProtocol) {
        guard text.utf8.count == 26, let first = text.utf8.first, first <= UInt8(ascii: "7") else {
            return nil
        }
        var (high, low) = (UInt64(0), UInt64(0))
        for character in text.utf8 {
            guard let digit = Self.alphabet.firstIndex(of: character) else { return nil }
            high = high << 5 | low >> 59
            low = low << 5 | UInt64(digit)
        }
        self.init(high: high, low: low)
    }

    /// Milliseconds since 1970, UTC.
    public var milliseconds: UInt64 { high >> 16 }

    /// The next greater one: what is made in the same millisecond still sorts by its order.
    public var successor: ULID {
        ULID(high: low == .max ? high &+ 1 : high, low: low &+ 1)
    }

    /// The 26 characters.
    public var description: String {
        var (high, low) = (high, low)
        var characters = [UInt8](repeating: 0, count: 26)
        for index in characters.indices.reversed() {
            characters[index] = Self.alphabet[Int(low & 31)]
            low = low >> 5 | high << 59
            high >>= 5
        }
        return String(decoding: characters, as: UTF8.self)
    }

    /// Earlier sorts first; so do the written forms.
    public static func < (left: ULID, right: ULID) -> Bool {
        (left.high, left.low) < (right.high, right.low)
    }
}
