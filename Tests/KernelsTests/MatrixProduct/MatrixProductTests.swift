import Foundation
import Kernels
import Testing

/// One product beside the plain loops.
private struct Case {
    let product: MatrixProduct
    let a: [Float]
    let b: [Float]
    let c: [Float]
    let bias: [Float]
    /// The sums alone, in double precision.
    private let sums: [Double]

    init(
        _ rows: Int, _ columns: Int, _ depth: Int, transposeA: Bool = false, transposeB: Bool = false,
        padding: Int = 0, lanes: Lanes = .widest
    ) {
        var numbers = Numbers(seed: UInt64(rows * 7919 + columns * 31 + depth))
        let (heightA, widthA) = transposeA ? (depth, rows) : (rows, depth)
        let (heightB, widthB) = transposeB ? (columns, depth) : (depth, columns)
        product = MatrixProduct(
            rows: rows, columns: columns, depth: depth, transposeA: transposeA, transposeB: transposeB,
            leadingA: widthA + padding, leadingB: widthB + padding, leadingC: columns + padding, lanes: lanes)
        // Nothing is read beyond the last row's last element.
        a = numbers.floats(max(0, heightA * (widthA + padding) - padding))
        b = numbers.floats(max(0, heightB * (widthB + padding) - padding))
        c = numbers.floats(rows * (columns + padding))
        bias = numbers.floats(columns)
        var sums = [Double]()
        for i in 0..<rows {
            for j in 0..<columns {
                var sum = 0.0
                for k in 0..<depth {
                    let x = transposeA ? a[k * product.leadingA + i] : a[i * product.leadingA + k]
                    let y = transposeB ? b[j * product.leadingB + k] : b[k * product.leadingB + j]
                    sum += Double(x) * Double(y)
                }
                sums.append(sum)
            }
        }
        self.sums = sums
    }

    func computed(
        accumulate: Bool = false, biased: Bool = false, activation: ActivationKind = .linear, parts: Int = 1
    ) -> [Float] {
        var c = c
        for part in 0..<parts {
            var scratch = [Float](repeating: .nan, count: product.scratchCount(parts: parts) + 2)
            scratch[scratch.count - 2] = 42
            if biased {
                product.run(
                    a: a, b: b, c: &c, accumulate: accumulate, bias: bias, activation: activation,
                    scratch: &scratch, part: part, of: parts)
            } else {
                product.run(
                    a: a, b: b, c: &c, accumulate: accumulate, activation: activation, scratch: &scratch,
                    part: part, of: parts)
            }
            #expect(scratch[scratch.count - 2] == 42)
        }
        return c
    }

    func truth(
        accumulate: Bool = false, biased: Bool = false, function: (Double) -> Double = { $0 }
    ) -> [Double] {
        var result = c.map(Double.init)
        for i in 0..<product.rows {
            for j in 0..<product.columns {
                let place = i * product.leadingC + j
                let sum = sums[i * product.columns + j] + (accumulate ? result[place] : 0)
                result[place] = function(sum + (biased ? Double(bias[j]) : 0))
            }
        }
        return result
    }
}

@Suite struct MatrixProductTests {

    @Test(arguments: [(false, false), (true, false), (false, true), (true, true)])
    func smallSizesOfAllKinds(transposeA: Bool, transposeB: Bool) {
        for rows in [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 25] {
            for columns in [1, 3, 7, 8, 9, 16, 17, 24, 31] {
                for depth in [0, 1, 8, 19] {
                    let each = Case(
                        rows, columns, depth, transposeA: transposeA, transposeB: transposeB,
                        padding: depth % 3)
                    let name: Comment = "\(rows) × \(columns) × \(depth)"
                    #expect(largestError(each.computed(), each.truth()) < 2e-6, name)
                    #expect(
                        largestError(
                            each.computed(accumulate: true, biased: true),
                            each.truth(accumulate: true, biased: true))
                            < 2e-6, name)
                }
            }
        }
    }

    @Test(arguments: [(false, false), (true, false), (false, true), (true, true)])
    func largeSizesOfAllKinds(transposeA: Bool, transposeB: Bool) {
        for (rows, columns, depth) in [
            (200, 32, 400), (193, 17, 321), (150, 1041, 9), (7, 5, 700), (6, 3, 385), (300, 8, 500),
            (31, 1030, 400), (200, 33, 513), (197, 40, 1023), (205, 70, 1100),
        ] {
            let each = Case(rows, columns, depth, transposeA: transposeA, transposeB: transposeB, padding: 1)
            #expect(largestError(each.computed(), each.truth()) < 2e-5)
            #expect(
                largestError(
                    each.computed(accumulate: true, biased: true, activation: .relu()),
                    each.truth(accumulate: true, biased: true) { max($0, 0) }.enumerated().map {
                        $0.offset % (columns + 1) < columns ? $0.element : Double(each.c[$0.offset])
                    }) < 2e-5)
        }
    }

    @Test func emptyProductsDoNothing() {
        #expect(Case(0, 5, 3).computed().isEmpty)
        #expect(Case(5, 0, 3).computed().isEmpty)
    }

    @Test(arguments: [(1, 20, 7), (20, 1, 7), (9, 21, 30), (9, 3, 30), (200, 40, 400)])
    func biasAndActivationAreFused(_ shape: (Int, Int, Int)) {
        let each = Case(shape.0, shape.1, shape.2)
        #expect(
            largestError(
                each.computed(biased: true, activation: .relu()), each.truth(biased: true) { max($0, 0) })
                < 2e-5)
        #expect(
            largestError(
                each.computed(biased: true, activation: .tanh),
                each.truth(biased: true) { Foundation.tanh($0) })
                < 2e-5)
    }

    @Test func notANumberIsNotHidden() {
        let product = MatrixProduct(rows: 2, columns: 16, depth: 1)
        var c = [Float](repeating: 0, count: 32)
        var scratch = [Float](repeating: 0, count: product.scratchCount())
        product.run(
            a: [1, .nan], b: [Float](repeating: 1, count: 16), c: &c, activation: .relu(), scratch: &scratch)
        #expect(c[..<16] == [Float](repeating: 1, count: 16)[...] && c[16...].allSatisfy { $0.isNaN })
    }

    /// A plan asks for the room of a whole batch once; the last batch is often smaller and computed in another way.
    @Test(arguments: [(100, 32, 2000), (10, 16, 2000), (2000, 64, 1000), (300, 16, 1024)])
    func roomForABatchDoesForASmallerOne(_ shape: (Int, Int, Int)) {
        for parts in [1, 2, 16] {
            for transposeB in [false, true] {
                let (rows, columns, depth) = shape
                let room = MatrixProduct(rows: rows, columns: columns, depth: depth, transposeB: transposeB)
                    .scratchCount(parts: parts)
                for share in [1, 3, 9, 10, 19] {
                    let fewer = MatrixProduct(
                        rows: max(1, rows * share / 20), columns: columns, depth: depth,
                        transposeB: transposeB)
                    let shorter = MatrixProduct(
                        rows: rows, columns: columns, depth: max(1, depth * share / 20),
                        transposeB: transposeB)
                    #expect(fewer.scratchCount(parts: parts) <= room)
                    #expect(shorter.scratchCount(parts: parts) <= room)
                }
            }
        }
    }

    /// Whether a processor has long vectors changes no bit.
    @Test(arguments: [(false, false), (true, false), (false, true), (true, true)])
    func vectorsOfAnyLengthGiveTheSameBits(transposeA: Bool, transposeB: Bool) {
        for (rows, columns, depth) in [
            (7, 9, 5), (13, 16, 30), (5, 17, 19), (32, 32, 100), (6, 47, 8), (11, 65, 40), (20, 100, 200),
            (200, 31, 330), (150, 1041, 9), (193, 130, 700),
        ] {
            let cases = [Lanes.eight, .widest].map {
                Case(
                    rows, columns, depth, transposeA: transposeA, transposeB: transposeB, padding: 1,
                    lanes: $0)
            }
            for parts in [1, 3] {
                let results = cases.map {
                    $0.computed(accumulate: true, biased: true, activation: .relu(), parts: parts)
                }
                #expect(results[0] == results[1], "\(rows) × \(columns) × \(depth)")
                #expect(cases[0].computed(parts: parts) == cases[1].computed(parts: parts))
            }
        }
    }

    /// Cutting the work changes no bit, and each element belongs to one part.
    @Test(arguments: [
        (1, 100, 50), (100, 1, 50), (32, 32, 100), (33, 70, 20), (6, 200, 30), (200, 6, 300), (200, 100, 330),
        (2, 2, 2),
    ])
    func partsGiveTheSameBits(_ shape: (Int, Int, Int)) {
        for transposeB in [false, true] {
            let each = Case(shape.0, shape.1, shape.2, transposeB: transposeB)
            let whole = each.computed(accumulate: true, biased: true, activation: .sigmoid)
            for parts in [2, 3, 4, 7, 16] {
                #expect(
                    each.computed(accumulate: true, biased: true, activation: .sigmoid, parts: parts) == whole
                )
            }
        }
    }
}
