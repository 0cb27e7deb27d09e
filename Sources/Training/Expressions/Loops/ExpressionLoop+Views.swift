extension ExpressionLoop {
    /// Copies the elements along a walk.
    func gather(_ x: UnsafePointer<Float>, into y: UnsafeMutablePointer<Float>) {
        let width = extents[rank - 1]
        let stride = firstStrides[rank - 1]
        forEachRow { source, _, target in
            switch stride {
            case 1: (y + target).update(from: x + source, count: width)
            case 0: (y + target).update(repeating: x[source], count: width)
            default: for index in 0..<width { y[target &+ index] = x[source &+ index &* stride] }
            }
        }
    }

    /// Adds the elements back to where a walk took them from.
    func scatter(_ g: UnsafePointer<Float>, into d: UnsafeMutablePointer<Float>) {
        let width = extents[rank - 1]
        let stride = firstStrides[rank - 1]
        forEachRow { source, _, target in
            if stride == 0 {
                var sum = 0.0
                for index in 0..<width { sum += Double(g[target &+ index]) }
                d[source] += Float(sum)
            } else {
                for index in 0..<width { d[source &+ index &* stride] += g[target &+ index] }
            }
        }
    }

    /// y[o, n] = 1 where n is x[o], else 0.
    func oneHot(_ x: UnsafePointer<Float>, into y: UnsafeMutablePointer<Float>) {
        y.update(repeating: 0, count: count)
        for sample in 0..<outer where x[sample] >= 0 && x[sample] < Float(length) {
            y[sample &* length &+ Int(x[sample])] = 1
        }
    }
}
