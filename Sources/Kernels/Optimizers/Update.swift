/// Runs `body` over parameters, gradients and one slot, a vector at a time; the last lanes too.
@inline(__always)
func update(
    _ parameters: UnsafeMutablePointer<Float>, _ gradient: UnsafePointer<Float>, _ count: Int,
    _ slot: UnsafeMutablePointer<Float>, _ body: (inout Vector, Vector, inout Vector) -> Void
) {
    @inline(__always)
    func step(_ at: Int, _ lanes: Int) {
        var (p, s) = (Vector(reading: parameters + at, lanes), Vector(reading: slot + at, lanes))
        body(&p, Vector(reading: gradient + at, lanes), &s)
        p.write(to: parameters + at, lanes)
        s.write(to: slot + at, lanes)
    }
    forEachVector(count) {
        step($0, 8)
    } rest: {
        step($0, $1)
    }
}

/// Runs `body` over parameters, gradients and two slots.
@inline(__always)
func update(
    _ parameters: UnsafeMutablePointer<Float>, _ gradient: UnsafePointer<Float>, _ count: Int,
    _ first: UnsafeMutablePointer<Float>, _ second: UnsafeMutablePointer<Float>,
    _ body: (inout Vector, Vector, inout Vector, inout Vector) -> Void
) {
    @inline(__always)
    func step(_ at: Int, _ lanes: Int) {
        var p = Vector(reading: parameters + at, lanes)
        var (s, t) = (Vector(reading: first + at, lanes), Vector(reading: second + at, lanes))
        body(&p, Vector(reading: gradient + at, lanes), &s, &t)
        p.write(to: parameters + at, lanes)
        s.write(to: first + at, lanes)
        t.write(to: second + at, lanes)
    }
    forEachVector(count) {
        step($0, 8)
    } rest: {
        step($0, $1)
    }
}

/// Runs `body` over parameters, gradients and three slots.
@inline(__always)
func update(
    _ parameters: UnsafeMutablePointer<Float>, _ gradient: UnsafePointer<Float>, _ count: Int,
    _ first: UnsafeMutablePointer<Float>, _ second: UnsafeMutablePointer<Float>,
    _ third: UnsafeMutablePointer<Float>,
    _ body: (inout Vector, Vector, inout Vector, inout Vector, inout Vector) -> Void
) {
    @inline(__always)
    func step(_ at: Int, _ lanes: Int) {
        var (p, s) = (Vector(reading: parameters + at, lanes), Vector(reading: first + at, lanes))
        var (t, u) = (Vector(reading: second + at, lanes), Vector(reading: third + at, lanes))
        body(&p, Vector(reading: gradient + at, lanes), &s, &t, &u)
        p.write(to: parameters + at, lanes)
        s.write(to: first + at, lanes)
        t.write(to: second + at, lanes)
        u.write(to: third + at, lanes)
    }
    forEachVector(count) {
        step($0, 8)
    } rest: {
        step($0, $1)
    }
}

extension SIMD8 where Scalar == Float {
    /// A whole vector where `lanes` is 8, which is a constant in every loop's main part.
    @inline(__always)
    fileprivate init(reading pointer: UnsafePointer<Float>, _ lanes: Int) {
        self = lanes == 8 ? Vector(at: pointer) : Vector(at: pointer, count: lanes)
    }

    @inline(__always)
    fileprivate func write(to pointer: UnsafeMutablePointer<Float>, _ lanes: Int) {
        if lanes == 8 { store(to: pointer) } else { store(to: pointer, count: lanes) }
    }
}
