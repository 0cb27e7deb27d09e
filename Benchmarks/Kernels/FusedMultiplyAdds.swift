/// How many fused multiply-adds of vectors `fusedMultiplyAdds` does in a round.
let fusedMultiplyAddsAtOnce = 12

/// Independent fused multiply-adds, as many at once as a processor can have on their way.
func fusedMultiplyAdds(rounds: Int) -> PeakVector {
    let (x, y) = (PeakVector(repeating: 0.999), PeakVector(repeating: 0.001))
    var (a, b, c, d, e, f) = (x, x, x, x, x, x)
    var (g, h, i, j, k, l) = (y, y, y, y, y, y)
    for _ in 0..<rounds {
        a = y.addingProduct(a, x)
        b = y.addingProduct(b, x)
        c = y.addingProduct(c, x)
        d = y.addingProduct(d, x)
        e = y.addingProduct(e, x)
        f = y.addingProduct(f, x)
        g = y.addingProduct(g, x)
        h = y.addingProduct(h, x)
        i = y.addingProduct(i, x)
        j = y.addingProduct(j, x)
        k = y.addingProduct(k, x)
        l = y.addingProduct(l, x)
    }
    return a + b + c + d + e + f + g + h + i + j + k + l
}
