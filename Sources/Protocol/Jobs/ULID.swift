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

    /// The value of a character: Crockford's alphabet leaves out I, L, O and U.
    private static func digit(_ character: UInt8) -> UInt64? {
        let letters: UInt8
        switch character {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): return UInt64(character - UInt8(ascii: "0"))
        case UInt8(ascii: "A")...UInt8(ascii: "H"): letters = 0
        case UInt8(ascii: "J"), UInt8(ascii: "K"): letters = 1
        case UInt8(ascii: "M"), UInt8(ascii: "N"): letters = 2
        case UInt8(ascii: "P")...UInt8(ascii: "T"): letters = 3
        case UInt8(ascii: "V")...UInt8(ascii: "Z"): letters = 4
        default: return nil
        }
        return UInt64(character - UInt8(ascii: "A") - letters + 10)
    }

    private init(high: UInt64, low: UInt64) {
        (self.high, self.low) = (high, low)
    }

    /// Reads the 26 characters as they are written, in upper case; nil for anything else.
    public init?(parsing text: String) { self.init(characters: text.utf8[...]) }

    init?(characters: Substring.UTF8View) {
        guard characters.count == 26, let first = characters.first, first <= UInt8(ascii: "7") else {
            return nil
        }
        var (high, low) = (UInt64(0), UInt64(0))
        for character in characters {
            guard let digit = Self.digit(character) else { return nil }
            high = high << 5 | low >> 59
            low = low << 5 | digit
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
