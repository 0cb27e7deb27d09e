/// Products with one row, `y = x · B`; one with a single dense column is `(op(B)ᵀ · op(A)ᵀ)ᵀ`, which has one row.
enum VectorProduct {
    static func run(
        _ product: MatrixProduct, a: UnsafePointer<Float>, b: UnsafePointer<Float>, output: Output,
        range: BlockRange, scratch: UnsafeMutablePointer<Float>
    ) {
        let isRow = product.rows == 1
        let vector = isRow ? a : b
        // Elements of the vector lie apart where it is a column of its matrix.
        let isColumn = isRow ? product.transposeA : !product.transposeB
        let step = isColumn ? (isRow ? product.leadingA : product.leadingB) : 1
        let matrix = isRow ? b : a
        let leading = isRow ? product.leadingB : product.leadingA
        let isDot = isRow ? product.transposeB : !product.transposeA
        let span = isRow ? range.columns : range.rows
        var finish = VectorFinish(y: output.c, accumulate: output.accumulate, bias: output.bias)
        finish.hasOneBias = !isRow
        if isDot {
            let x = step == 1 ? vector : gather(vector, step: step, count: product.depth, to: scratch)
            dots(x, matrix, leading: leading, depth: product.depth, span: span, finish)
        } else {
            combine(vector, step: step, matrix, leading: leading, depth: product.depth, span: span, finish)
        }
        output.activation.forward(
            output.c + span.lowerBound, to: output.c + span.lowerBound, count: span.count)
    }

    private static func gather(
        _ x: UnsafePointer<Float>, step: Int, count: Int, to scratch: UnsafeMutablePointer<Float>
    ) -> UnsafePointer<Float> {
        for index in 0..<count { scratch[index] = x[index * step] }
        return UnsafePointer(scratch)
    }

    /// `y[j] = Σ_k x[k] · rows[j, k]`, four rows at a time.
    private static func dots(
        _ x: UnsafePointer<Float>, _ matrix: UnsafePointer<Float>, leading: Int, depth: Int, span: Range<Int>,
        _ finish: VectorFinish
    ) {
        var j = span.lowerBound
        while j < span.upperBound {
            if j + 4 <= span.upperBound {
                let row = matrix + j * leading
                let sums = dot4(
                    x, row, row + leading, row + 2 * leading, row + 3 * leading, depth: depth)
                for lane in 0..<4 { finish.store(sums[lane], at: j + lane) }
                j += 4
            } else {
                let row = matrix + j * leading
                finish.store(dot4(x, row, row, row, row, depth: depth)[0], at: j)
                j += 1
            }
        }
    }

    @inline(__always)
    private static func dot4(
        _ x: UnsafePointer<Float>, _ a: UnsafePointer<Float>, _ b: UnsafePointer<Float>,
        _ c: UnsafePointer<Float>, _ d: UnsafePointer<Float>, depth: Int
    ) -> SIMD4<Float> {
        var even = (Vector(), Vector(), Vector(), Vector())
        var odd = (Vector(), Vector(), Vector(), Vector())
        var k = 0
        while k + 16 <= depth {
            let (first, second) = (Vector(at: x + k), Vector(at: x + k + 8))
            even.0.addProduct(first, Vector(at: a + k))
            even.1.addProduct(first, Vector(at: b + k))
            even.2.addProduct(first, Vector(at: c + k))
            even.3.addProduct(first, Vector(at: d + k))
            odd.0.addProduct(second, Vector(at: a + k + 8))
            odd.1.addProduct(second, Vector(at: b + k + 8))
            odd.2.addProduct(second, Vector(at: c + k + 8))
            odd.3.addProduct(second, Vector(at: d + k + 8))
            k += 16
        }
        if k + 8 <= depth {
            let first = Vector(at: x + k)
            even.0.addProduct(first, Vector(at: a + k))
            even.1.addProduct(first, Vector(at: b + k))
            even.2.addProduct(first, Vector(at: c + k))
            even.3.addProduct(first, Vector(at: d + k))
            k += 8
        }
        var sums = SIMD4<Float>(
            (even.0 + odd.0).total, (even.1 + odd.1).total, (even.2 + odd.2).total, (even.3 + odd.3).total)
        while k < depth {
            sums.addProduct(SIMD4(repeating: x[k]), SIMD4(a[k], b[k], c[k], d[k]))
            k += 1
        }
        return sums
    }

    /// `y[j] = Σ_k x[k] · matrix[k, j]`, 64 columns at a time, then eight, then one.
    private static func combine(
        _ x: UnsafePointer<Float>, step: Int, _ matrix: UnsafePointer<Float>, leading: Int, depth: Int,
        span: Range<Int>, _ finish: VectorFinish
    ) {
        var j = span.lowerBound
        while j + 64 <= span.upperBound {
            var sums = (Vector(), Vector(), Vector(), Vector(), Vector(), Vector(), Vector(), Vector())
            for k in 0..<depth {
                let factor = Vector(repeating: x[k * step])
                let row = matrix + k * leading + j
                sums.0.addProduct(factor, Vector(at: row))
                sums.1.addProduct(factor, Vector(at: row + 8))
                sums.2.addProduct(factor, Vector(at: row + 16))
                sums.3.addProduct(factor, Vector(at: row + 24))
                sums.4.addProduct(factor, Vector(at: row + 32))
                sums.5.addProduct(factor, Vector(at: row + 40))
                sums.6.addProduct(factor, Vector(at: row + 48))
                sums.7.addProduct(factor, Vector(at: row + 56))
            }
            finish.store(sums.0, at: j)
            finish.store(sums.1, at: j + 8)
            finish.store(sums.2, at: j + 16)
            finish.store(sums.3, at: j + 24)
            finish.store(sums.4, at: j + 32)
            finish.store(sums.5, at: j + 40)
            finish.store(sums.6, at: j + 48)
            finish.store(sums.7, at: j + 56)
            j += 64
        }
        while j + 8 <= span.upperBound {
            var sum = Vector()
            for k in 0..<depth {
                sum.addProduct(Vector(repeating: x[k * step]), Vector(at: matrix + k * leading + j))
            }
            finish.store(sum, at: j)
            j += 8
        }
        while j < span.upperBound {
            var sum: Float = 0
            for k in 0..<depth { sum.addProduct(x[k * step], matrix[k * leading + j]) }
            finish.store(sum, at: j)
            j += 1
        }
    }
}

/// Where a vector product goes.
struct VectorFinish {
    let y: UnsafeMutablePointer<Float>
    let accumulate: Bool
    let bias: UnsafePointer<Float>?
    /// Whether all elements have the first bias, as those of a column do.
    var hasOneBias = false

    @inline(__always)
    func store(_ value: Float, at index: Int) {
        var value = value
        if let bias { value += bias[hasOneBias ? 0 : index] }
        y[index] = accumulate ? y[index] + value : value
    }

    @inline(__always)
    func store(_ value: Vector, at index: Int) {
        var value = value
        if let bias { value += hasOneBias ? Vector(repeating: bias[0]) : Vector(at: bias + index) }
        if accumulate { value += Vector(at: UnsafePointer(y) + index) }
        value.store(to: y + index)
    }
}
