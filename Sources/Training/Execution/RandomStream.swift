/// The streams of random numbers that one key has: each purpose, layer and step draws from one of its own, so that
/// what is drawn depends neither on threads nor on what was drawn before.
package enum RandomStream {
    /// The order of the samples in a pass over the data.
    static func order(pass: Int) -> UInt64 { 1 << 56 | UInt64(truncatingIfNeeded: pass) & 0xFFFF_FFFF_FFFF }

    /// The order of the blocks of samples in a pass over the data.
    static func blocks(pass: Int) -> UInt64 { 5 << 56 | UInt64(truncatingIfNeeded: pass) & 0xFFFF_FFFF_FFFF }

    /// A layer's numbers in a step: `layer` is the site's stream.
    static func layer(_ layer: UInt32, iteration: UInt64) -> UInt64 {
        2 << 56 | (UInt64(layer) & 0xFF_FFFF) << 32 | iteration & 0xFFFF_FFFF
    }
}
