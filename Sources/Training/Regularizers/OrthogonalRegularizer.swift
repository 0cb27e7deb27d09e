import Kernels
import Protocol

/// The mean magnitude of the cosines between a matrix's rows, or columns, times `factor`
/// (keras/src/regularizers/regularizers.py).
struct OrthogonalRegularizer: Regularizer {
    static let className = "OrthogonalRegularizer"
    static let arguments: [Argument] = [
        .penalty("factor", default: 0.01), .choice("mode", ["rows", "columns"], default: "rows"),
    ]

    let configuration: Arguments

    init(_ arguments: Arguments) {
        var arguments = arguments
        arguments.set("factor", .number(Double(arguments.float("factor"))))
        configuration = arguments
    }

    func check(shape: [Int]) throws {
        guard shape.count == 2 else {
            throw ShapeError("OrthogonalRegularizer takes matrices, not arrays of \(shape.count) dimensions.")
        }
    }

    func makeOperation(shape: [Int], isBatch: Bool) throws -> RegularizerOperation {
        try check(shape: shape)
        return OrthogonalPenalty(
            factor: configuration.float("factor"), comparesRows: configuration.string("mode") == "rows",
            rows: shape[0], columns: shape[1])
    }
}

private final class OrthogonalPenalty: RegularizerOperation {
    private let factor: Float
    private let comparesRows: Bool
    private let columns: Int
    /// The vectors at unit length, one after the other; one more is room for a gradient.
    private let units: UnsafeMutablePointer<Float>
    private let inverseNorms: UnsafeMutablePointer<Float>

    init(factor: Float, comparesRows: Bool, rows: Int, columns: Int) {
        self.factor = factor
        self.comparesRows = comparesRows
        self.columns = columns
        units = .allocate(capacity: rows * columns + max(rows, columns))
        inverseNorms = .allocate(capacity: max(rows, columns))
    }

    deinit {
        units.deallocate()
        inverseNorms.deallocate()
    }

    override func value(_ values: UnsafePointer<Float>, count: Int) -> Double {
        let (vectors, length) = normalize(values, rows: count / columns)
        var sum = 0.0
        for first in 0..<vectors {
            for second in 0..<first { sum += cosine(first, second, length).magnitude }
        }
        return Double(factor) * sum / pairs(vectors)
    }

    override func addGradient(
        _ values: UnsafePointer<Float>, scale: Float, to gradient: UnsafeMutablePointer<Float>, count: Int
    ) {
        let (vectors, length) = normalize(values, rows: count / columns)
        let scale = scale * Float(Double(factor) / pairs(vectors))
        let slope = units + vectors * length
        for first in 0..<vectors {
            Kernels.fill(slope, count: length, with: 0)
            for second in 0..<vectors where second != first {
                let cosine = cosine(first, second, length)
                if cosine == 0 { continue }
                Kernels.addScaled(
                    units + second * length, by: cosine > 0 ? scale : -scale, to: slope, count: length)
            }
            // The part along the vector itself does not turn it.
            let along = Kernels.dot(slope, units + first * length, count: length)
            Kernels.addScaled(units + first * length, by: Float(-along), to: slope, count: length)
            let (start, stride) = comparesRows ? (first * length, 1) : (first, columns)
            for index in 0..<length {
                gradient[start + index * stride] += slope[index] * inverseNorms[first]
            }
        }
    }

    private func pairs(_ vectors: Int) -> Double { Double(vectors) * (Double(vectors) - 1) / 2 }

    private func cosine(_ first: Int, _ second: Int, _ length: Int) -> Double {
        Kernels.dot(units + first * length, units + second * length, count: length)
    }

    private func normalize(_ values: UnsafePointer<Float>, rows: Int) -> (vectors: Int, length: Int) {
        let (vectors, length) = comparesRows ? (rows, columns) : (columns, rows)
        for vector in 0..<vectors {
            let unit = units + vector * length
            let (start, stride) = comparesRows ? (vector * length, 1) : (vector, columns)
            for index in 0..<length { unit[index] = values[start + index * stride] }
            let norm = Float(Kernels.sumOfSquares(unit, count: length).squareRoot())
            inverseNorms[vector] = min(1 / norm, 1 / Kernels.epsilon)
            Kernels.multiply(unit, inverseNorms[vector], to: unit, count: length)
        }
        return (vectors, length)
    }
}
