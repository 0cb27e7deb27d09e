/// Runs `body` over parameters, gradients and one slot, a vector at a time; the last lanes too.
@inline(__always)
func update(
    _ parameters: UnsafeMutablePointer<Float>, _ gradient: UnsafePointer<Float>, _ count: Int,
    _ slot: UnsafeMutablePointer<Float>, _ body: (inout Vector, Vector, inout Vector) -> Void
) {
    @inline(__always)
    func step(_ at: Int, _ lanes: Int) {
        var (p, s) = (Vector(at: parameters + at, lanes: lanes), Vector(at: slot + at, lanes: lanes))
        body(&p, Vector(at: gradient + at, lanes: lanes), &s)
        p.store(to: parameters + at, lanes: lanes)
        s.store(to: slot + at, lanes: lanes)
    }
    forEachPiece(count, step)
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
        var p = Vector(at: parameters + at, lanes: lanes)
        var (s, t) = (Vector(at: first + at, lanes: lanes), Vector(at: second + at, lanes: lanes))
        body(&p, Vector(at: gradient + at, lanes: lanes), &s, &t)
        p.store(to: parameters + at, lanes: lanes)
        s.store(to: first + at, lanes: lanes)
        t.store(to: second + at, lanes: lanes)
    }
    forEachPiece(count, step)
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
        var (p, s) = (Vector(at: parameters + at, lanes: lanes), Vector(at: first + at, lanes: lanes))
        var (t, u) = (Vector(at: second + at, lanes: lanes), Vector(at: third + at, lanes: lanes))
        body(&p, Vector(at: gradient + at, lanes: lanes), &s, &t, &u)
        p.store(to: parameters + at, lanes: lanes)
        s.store(to: first + at, lanes: lanes)
        t.store(to: second + at, lanes: lanes)
        u.store(to: third + at, lanes: lanes)
    }
    forEachPiece(count, step)
}
