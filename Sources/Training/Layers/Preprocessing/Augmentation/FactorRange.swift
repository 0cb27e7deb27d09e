import Protocol

/// The range that a factor is drawn from: a number f stands for -f to f, a pair for the range between its numbers.
struct FactorRange: Sendable {
    var lower: Double
    var upper: Double

    /// What the numbers have to keep to.
    enum Bounds {
        /// A number, or the pair as it meets the bounds at all, as Keras's base class has it.
        case overlapping(ClosedRange<Double>)
        /// Each number, above -1 and up to 1.
        case aboveMinusOne
        /// Each number, from -1 to 1.
        case eachWithinOne
    }

    /// Reads an argument.
    init(_ arguments: Arguments, _ name: String, _ bounds: Bounds) throws {
        let written = arguments.config[name]
        let numbers = written?.array?.compactMap(\.number) ?? []
        if let single = written?.number, Self.isWithin([single], bounds) {
            let size = abs(single)
            upper = size
            if case .overlapping(let range) = bounds {
                lower = max(-size, range.lowerBound)
            } else {
                lower = -size
            }
            return
        }
        guard numbers.count == 2, written?.array?.count == 2, Self.isWithin(numbers, bounds) else {
            throw ArgumentError(
                name,
                "\(name) is a number or a pair of them, \(Self.words(bounds)), not \((written ?? .null).brief)."
            )
        }
        lower = min(numbers[0], numbers[1])
        upper = max(numbers[0], numbers[1])
    }

    private static func isWithin(_ numbers: [Double], _ bounds: Bounds) -> Bool {
        guard numbers.allSatisfy({ abs($0) <= Double(Float.greatestFiniteMagnitude) }) else { return false }
        switch bounds {
        case .overlapping(let range):
            if numbers.count == 1 { return range.contains(numbers[0]) }
            return numbers[0] <= range.upperBound && numbers[1] >= range.lowerBound
        case .aboveMinusOne: return numbers.allSatisfy { $0 > -1 && $0 <= 1 }
        case .eachWithinOne: return numbers.allSatisfy { (-1...1).contains($0) }
        }
    }

    private static func words(_ bounds: Bounds) -> String {
        switch bounds {
        case .overlapping(let range): "from \(Int(range.lowerBound)) to \(Int(range.upperBound))"
        case .aboveMinusOne: "each above -1 and up to 1"
        case .eachWithinOne: "each from -1 to 1"
        }
    }

    /// The form that Keras's base class writes.
    var json: JSONValue { [.number(lower), .number(upper)] }

    /// Draws `count` numbers: `offset + scale · factor`, with the factor uniform in the range.
    func draw(
        _ random: LayerRandom, _ step: Step, part: UInt32 = 0, scale: Double = 1, offset: Double = 0,
        to numbers: UnsafeMutablePointer<Float>, count: Int
    ) {
        random.generator(step, part: part).uniform(
            numbers, count: count, lower: Float(offset + scale * lower), upper: Float(offset + scale * upper))
    }
}

extension Arguments {
    /// The two numbers of `value_range`, which have to be given in order unless `sorted` puts them so.
    func valueRange(sorted: Bool = false) throws -> (low: Float, high: Float) {
        let numbers = self.numbers("value_range")
        guard numbers.count == 2, sorted || numbers[0] <= numbers[1] else {
            throw ArgumentError(
                "value_range", "value_range is a pair of numbers, the lowest and the highest value.")
        }
        return (Float(min(numbers[0], numbers[1])), Float(max(numbers[0], numbers[1])))
    }
}
