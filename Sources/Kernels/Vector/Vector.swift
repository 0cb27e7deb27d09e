/// Eight floats: one register of AVX2, two of NEON.
typealias Vector = SIMD8<Float>
typealias IntegerVector = SIMD8<Int32>

extension SIMD8 where Scalar == Float {
    /// Loads eight floats from any address.
    @inline(__always)
    init(at pointer: UnsafePointer<Float>) {
        self = UnsafeRawPointer(pointer).loadUnaligned(as: SIMD8<Float>.self)
    }

    /// Loads `count` (0 to 8) floats; the other lanes are `padding`.
    @inline(__always)
    init(at pointer: UnsafePointer<Float>, count: Int, padding: Float = 0) {
        let rest = SIMD4<Float>(repeating: padding)
        if count >= 8 {
            self.init(at: pointer)
        } else if count >= 4 {
            let first = UnsafeRawPointer(pointer).loadUnaligned(as: SIMD4<Float>.self)
            self.init(lowHalf: first, highHalf: SIMD4(at: pointer + 4, count: count - 4, rest))
        } else {
            self.init(lowHalf: SIMD4(at: pointer, count: count, rest), highHalf: rest)
        }
    }

    /// Stores all eight lanes at any address.
    @inline(__always)
    func store(to pointer: UnsafeMutablePointer<Float>) {
        UnsafeMutableRawPointer(pointer).storeBytes(of: self, as: SIMD8<Float>.self)
    }

    /// Stores the first `count` lanes.
    @inline(__always)
    func store(to pointer: UnsafeMutablePointer<Float>, count: Int) {
        if count >= 8 {
            store(to: pointer)
        } else if count >= 4 {
            UnsafeMutableRawPointer(pointer).storeBytes(of: lowHalf, as: SIMD4<Float>.self)
            highHalf.store(to: pointer + 4, count: count - 4)
        } else {
            lowHalf.store(to: pointer, count: count)
        }
    }

    /// Loads the first `lanes` lanes; a whole vector where `lanes` is 8, which it is, as a constant, in the main part
    /// of `forEachPiece`.
    @inline(__always)
    init(at pointer: UnsafePointer<Float>, lanes: Int) {
        self = lanes == 8 ? Vector(at: pointer) : Vector(at: pointer, count: lanes)
    }

    /// Stores the first `lanes` lanes; see `init(at:lanes:)`.
    @inline(__always)
    func store(to pointer: UnsafeMutablePointer<Float>, lanes: Int) {
        if lanes == 8 { store(to: pointer) } else { store(to: pointer, count: lanes) }
    }

    /// `self · factor + addend` with one rounding.
    @inline(__always)
    func multiplied(by factor: Vector, adding addend: Vector) -> Vector {
        addend.addingProduct(self, factor)
    }

    /// `self · factor + addend` with one rounding.
    @inline(__always)
    func multiplied(by factor: Vector, adding addend: Float) -> Vector {
        Vector(repeating: addend).addingProduct(self, factor)
    }

    /// The lanes' bits.
    @inline(__always)
    var bits: IntegerVector { unsafeBitCast(self, to: IntegerVector.self) }

    /// The lanes without their signs.
    @inline(__always)
    var magnitudes: Vector { Vector(bits: bits & IntegerVector(repeating: 0x7FFF_FFFF)) }

    /// The lanes that have bits `bits`.
    @inline(__always)
    init(bits: IntegerVector) { self = unsafeBitCast(bits, to: Vector.self) }

    /// The magnitudes of these lanes with the signs of `signs`.
    @inline(__always)
    func withSigns(of signs: Vector) -> Vector {
        Vector(
            bits: (bits & IntegerVector(repeating: 0x7FFF_FFFF))
                | (signs.bits & IntegerVector(repeating: .min)))
    }

    /// Integers as floats, exactly, for `|integers| < 2^22`. (The conversion of the standard library is a call.)
    @inline(__always)
    init(small integers: IntegerVector) {
        self = Vector(bits: integers &+ IntegerVector(repeating: 0x4B40_0000)) - 12_582_912
    }

    /// The smaller of each lane and `bound`; NaN stays.
    @inline(__always)
    func atMost(_ bound: Vector) -> Vector { replacing(with: bound, where: self .> bound) }

    /// The larger of each lane and `bound`; NaN stays.
    @inline(__always)
    func atLeast(_ bound: Vector) -> Vector { replacing(with: bound, where: self .< bound) }

    /// Each lane held between two bounds; NaN stays.
    @inline(__always)
    func clipped(_ lower: Float, _ upper: Float) -> Vector {
        atLeast(Vector(repeating: lower)).atMost(Vector(repeating: upper))
    }

    /// The lanes' sum, halves first, so that the order is always the same.
    @inline(__always)
    var total: Float {
        let four = lowHalf + highHalf
        let two = four.lowHalf + four.highHalf
        return two.x + two.y
    }

    /// The largest lane; NaN if any lane is NaN.
    @inline(__always)
    var largest: Float {
        var result = self[0]
        for lane in 1..<8 where !(self[lane] <= result) && result == result { result = self[lane] }
        return result
    }
}

extension SIMD4 where Scalar == Float {
    /// Loads `count` (0 to 3) floats over `rest`.
    @inline(__always)
    fileprivate init(at pointer: UnsafePointer<Float>, count: Int, _ rest: SIMD4<Float>) {
        self = rest
        if count > 0 { self[0] = pointer[0] }
        if count > 1 { self[1] = pointer[1] }
        if count > 2 { self[2] = pointer[2] }
    }

    /// Stores the first `count` (0 to 3) lanes.
    @inline(__always)
    fileprivate func store(to pointer: UnsafeMutablePointer<Float>, count: Int) {
        if count > 0 { pointer[0] = self[0] }
        if count > 1 { pointer[1] = self[1] }
        if count > 2 { pointer[2] = self[2] }
    }
}

/// `yes` where `mask` holds, `no` elsewhere.
@inline(__always)
func select(_ mask: SIMDMask<SIMD8<Int32>>, _ yes: Vector, _ no: Vector) -> Vector {
    no.replacing(with: yes, where: mask)
}

/// `yes` where `mask` holds, `no` elsewhere.
@inline(__always)
func select(_ mask: SIMDMask<SIMD8<Int32>>, _ yes: Float, _ no: Float) -> Vector {
    Vector(repeating: no).replacing(with: Vector(repeating: yes), where: mask)
}

/// Visits `0..<count` in steps of eight: whole vectors first, then the rest, which `body` is told the size of.
@inline(__always)
func forEachVector(_ count: Int, whole: (Int) -> Void, rest: (Int, Int) -> Void) {
    var index = 0
    while index &+ 8 <= count {
        whole(index)
        index &+= 8
    }
    if index < count { rest(index, count &- index) }
}

/// Visits `0..<count` in pieces of eight lanes, and one of fewer: where it begins, and how many lanes it has.
@inline(__always)
func forEachPiece(_ count: Int, _ body: (_ at: Int, _ lanes: Int) -> Void) {
    forEachVector(count) {
        body($0, 8)
    } rest: {
        body($0, $1)
    }
}

/// `y[i] = function(x[i])`. The last lanes go through the same vector code, so that the bits of an element
/// never depend on where a span begins or ends. `y` may be `x`.
@inline(__always)
func map(
    _ x: UnsafePointer<Float>, to y: UnsafeMutablePointer<Float>, count: Int,
    _ function: (Vector) -> Vector
) {
    forEachVector(count) {
        function(Vector(at: x + $0)).store(to: y + $0)
    } rest: {
        function(Vector(at: x + $0, count: $1)).store(to: y + $0, count: $1)
    }
}

/// `z[i] = function(x[i], y[i])`; `z` may be either.
@inline(__always)
func map(
    _ x: UnsafePointer<Float>, _ y: UnsafePointer<Float>, to z: UnsafeMutablePointer<Float>, count: Int,
    _ function: (Vector, Vector) -> Vector
) {
    forEachVector(count) {
        function(Vector(at: x + $0), Vector(at: y + $0)).store(to: z + $0)
    } rest: {
        function(Vector(at: x + $0, count: $1), Vector(at: y + $0, count: $1)).store(to: z + $0, count: $1)
    }
}

/// `w[i] = function(x[i], y[i], z[i])`; `w` may be any of them.
@inline(__always)
func map(
    _ x: UnsafePointer<Float>, _ y: UnsafePointer<Float>, _ z: UnsafePointer<Float>,
    to w: UnsafeMutablePointer<Float>, count: Int, _ function: (Vector, Vector, Vector) -> Vector
) {
    forEachVector(count) {
        function(Vector(at: x + $0), Vector(at: y + $0), Vector(at: z + $0)).store(to: w + $0)
    } rest: {
        function(
            Vector(at: x + $0, count: $1), Vector(at: y + $0, count: $1), Vector(at: z + $0, count: $1)
        ).store(to: w + $0, count: $1)
    }
}
