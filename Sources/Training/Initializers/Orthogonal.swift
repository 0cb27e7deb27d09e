import Kernels

/// `gain` times orthonormal rows or columns, whichever are fewer, of a random direction: the Q of a normal matrix whose
/// R has a positive diagonal (Saxe et al., 2013; keras/src/initializers/random_initializers.py). All axes but the last
/// count as rows.
struct Orthogonal: Initializer {
    static let className = "Orthogonal"
    static let aliases = ["OrthogonalInitializer"]
    static let arguments: [Argument] = [.seed, .number("gain", default: 1.0)]

    let configuration: Arguments

    init(_ arguments: Arguments) { configuration = arguments }

    func check(shape: [Int]) throws {
        guard shape.count >= 2 else {
            throw ArgumentError(
                nil, "Orthogonal initializes variables of two dimensions or more, not \(shape.count).")
        }
    }

    func fill(_ values: UnsafeMutableBufferPointer<Float>, shape: [Int], stream: UInt64) throws {
        try check(shape: shape)
        guard let base = values.baseAddress, let columns = shape.last, columns > 0 else { return }
        let rows = values.count / columns
        let (length, vectors) = (max(rows, columns), min(rows, columns))
        let matrix = UnsafeMutablePointer<Float>.allocate(capacity: values.count)
        defer { matrix.deallocate() }
        configuration.random(stream: stream).normal(matrix, count: values.count)
        Self.orthonormalize(matrix, vectors: vectors, length: length)
        Kernels.multiply(matrix, configuration.float("gain"), to: matrix, count: values.count)
        for row in 0..<rows {
            for column in 0..<columns {
                base[row * columns + column] =
                    rows < columns ? matrix[row * length + column] : matrix[column * length + row]
            }
        }
    }

    /// Gram and Schmidt's way, each vector twice, which is as exact as a QR factorization and leaves its signs positive.
    private static func orthonormalize(_ matrix: UnsafeMutablePointer<Float>, vectors: Int, length: Int) {
        for index in 0..<vectors {
            let vector = matrix + index * length
            for _ in 0..<2 {
                for other in 0..<index {
                    let share = Kernels.dot(vector, matrix + other * length, count: length)
                    Kernels.addScaled(matrix + other * length, by: Float(-share), to: vector, count: length)
                }
            }
            let norm = Kernels.sumOfSquares(vector, count: length).squareRoot()
            if norm > 0 { Kernels.multiply(vector, Float(1 / norm), to: vector, count: length) }
        }
    }
}
