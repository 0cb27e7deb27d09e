/// The same numbers in every run.
struct SteadyRandom {
    /// What numbers are wanted.
    enum Values: Sendable {
        case numbers, positive, probabilities, distributions, oneHot, classes(Int), labels(Int), signs, units
    }

    var state: UInt64

    /// Uniform in [0, 1).
    mutating func next() -> Float {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return Float(state >> 40) * 0x1p-24
    }

    mutating func values(_ kind: Values, _ shape: [Int]) -> [Float] {
        let count = shape.reduce(1, *)
        switch kind {
        case .numbers: return (0..<count).map { _ in next() * 4 - 2 }
        case .positive: return (0..<count).map { _ in next() * 2 + 0.2 }
        case .probabilities: return (0..<count).map { _ in next() * 0.8 + 0.1 }
        case .signs: return (0..<count).map { _ in next() < 0.5 ? -1 : 1 }
        case .classes(let classes): return (0..<count).map { _ in (next() * Float(classes)).rounded(.down) }
        case .labels(let classes):
            return (0..<count).map { _ in 1 + (next() * Float(classes - 1)).rounded(.down) }
        case .oneHot:
            let columns = shape[shape.count - 1]
            return (0..<count / columns).flatMap { _ in
                let chosen = Int(next() * Float(columns))
                return (0..<columns).map { Float($0 == chosen ? 1 : 0) }
            }
        case .distributions: return rows(shape) { $0.reduce(0, +) }
        case .units: return rows(shape) { $0.reduce(0) { $0 + $1 * $1 }.squareRoot() }
        }
    }

    private mutating func rows(_ shape: [Int], _ size: ([Float]) -> Float) -> [Float] {
        let columns = shape[shape.count - 1]
        return (0..<shape.reduce(1, *) / columns).flatMap { _ in
            let row = (0..<columns).map { _ in next() + 0.2 }
            let size = size(row)
            return row.map { $0 / size }
        }
    }
}
