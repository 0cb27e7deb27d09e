import Dispatch
import Kernels
import WidePeak

/// A product's sizes, and which of its operands are transposed.
struct Shape {
    var rows, columns, depth: Int
    var transposeA = false
    var transposeB = false

    var operations: Double { 2 * Double(rows) * Double(columns) * Double(depth) }

    var name: String {
        "\(rows)×\(depth)\(transposeA ? "ᵀ" : "") · \(depth)×\(columns)\(transposeB ? "ᵀ" : "")"
    }
}

typealias PeakVector = SIMD8<Float>

/// GFLOP/s of independent fused multiply-adds on the longest vectors: what no product can exceed on one thread.
func peakOfOneThread() -> Double {
    let rounds = 100_000
    var sum: Float = 0
    let time = seconds([
        {
            switch Lanes.widest {
            case .eight: sum += fusedMultiplyAdds(rounds: rounds)[0]
            case .sixteen: sum += fusedMultiplyAddsOfSixteen(rounds: rounds)
            }
        }
    ])[0]
    precondition(!sum.isNaN)
    return Double(rounds * fusedMultiplyAddsAtOnce * Lanes.widest.rawValue * 2) / time / 1e9
}

/// Products of all kinds of operands in square sizes, and of the shapes that training makes.
func products(_ openBLAS: OpenBLAS?, peak: Double) {
    print("| product, GFLOP/s | here | OpenBLAS | ratio | of peak | two threads | × one |")
    print("| --- | ---: | ---: | ---: | ---: | ---: | ---: |")
    for size in [8, 16, 24, 32, 48, 63, 64, 96, 128, 256, 512, 1024, 2048] {
        for (transposeA, transposeB) in [(false, false), (true, false), (false, true), (true, true)] {
            row(
                Shape(
                    rows: size, columns: size, depth: size, transposeA: transposeA, transposeB: transposeB),
                openBLAS, peak)
        }
    }
    let training = [
        Shape(rows: 32, columns: 32, depth: 100), Shape(rows: 128, columns: 512, depth: 784),
        Shape(rows: 784, columns: 512, depth: 128, transposeA: true),
        Shape(rows: 128, columns: 784, depth: 512, transposeB: true),
        Shape(rows: 2560, columns: 512, depth: 128), Shape(rows: 32, columns: 512, depth: 128),
        Shape(rows: 676, columns: 32, depth: 9), Shape(rows: 121, columns: 64, depth: 288),
    ]
    for shape in training { row(shape, openBLAS, peak) }
    print("")
}

private func row(_ shape: Shape, _ openBLAS: OpenBLAS?, _ peak: Double) {
    let a = [Float](repeating: 0.5, count: shape.rows * shape.depth)
    let b = [Float](repeating: 0.25, count: shape.depth * shape.columns)
    var (ours, theirs) = (a, a)
    ours = [Float](repeating: 0, count: shape.rows * shape.columns)
    theirs = ours
    let product = MatrixProduct(
        rows: shape.rows, columns: shape.columns, depth: shape.depth, transposeA: shape.transposeA,
        transposeB: shape.transposeB)
    let room = product.scratchCount(parts: 2) + 16
    var scratch = [Float](repeating: 0, count: max(product.scratchCount(), 2 * room))
    let times = ours.withUnsafeMutableBufferPointer { c in
        theirs.withUnsafeMutableBufferPointer { other in
            scratch.withUnsafeMutableBufferPointer { scratch -> [Double] in
                guard let c = c.baseAddress, let other = other.baseAddress, let scratch = scratch.baseAddress
                else { return [] }
                nonisolated(unsafe) let place = (c: c, scratch: scratch)
                return seconds([
                    { product.run(a: a, b: b, c: place.c, scratch: place.scratch) },
                    { openBLAS?.multiply(shape, a, b, other, threads: 1) },
                    {
                        DispatchQueue.concurrentPerform(iterations: 2) { part in
                            product.run(
                                a: a, b: b, c: place.c, scratch: place.scratch + part * room, part: part,
                                of: 2)
                        }
                    },
                ])
            }
        }
    }
    let speeds = times.map { shape.operations / $0 / 1e9 }
    let peer = openBLAS == nil ? "" : column(speeds[1])
    let ratio = openBLAS == nil ? "" : column(speeds[0] / speeds[1], 2)
    // A small product is done before a second thread has woken.
    let isShared = shape.operations > 1e7
    print(
        "| \(shape.name) | \(column(speeds[0])) | \(peer) | \(ratio) | \(column(speeds[0] / peak, 2)) "
            + "| \(isShared ? column(speeds[2]) : "") | \(isShared ? column(speeds[2] / speeds[0], 2) : "") |"
    )
}
