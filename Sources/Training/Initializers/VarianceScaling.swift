import Kernels
import Protocol

/// Random values whose variance is `scale / n`, where `n` is the number of inputs, of outputs, or their mean
/// (keras/src/initializers/random_initializers.py).
///
/// `distribution` is a normal one cut at two standard deviations, one that is not cut, or a uniform one. Without a
/// seed the values depend on the model's seed and on the variable.
struct VarianceScaling: FanInitializer {
    static let className = "VarianceScaling"
    static let arguments: [Argument] =
        [
            .seed,
            .number("scale", in: Double.leastNonzeroMagnitude...Double.greatestFiniteMagnitude, default: 1.0),
            .choice("mode", ["fan_in", "fan_out", "fan_avg"], default: "fan_in"),
            .choice("distribution", Distribution.allCases.map(\.rawValue), default: "truncated_normal"),
        ] + FanAxes.arguments

    let configuration: Arguments

    init(_ arguments: Arguments) { configuration = arguments }

    func fill(_ values: UnsafeMutableBufferPointer<Float>, shape: [Int], stream: UInt64) throws {
        let mode = FanMode(rawValue: configuration.string("mode")) ?? .input
        var distribution = Distribution(rawValue: configuration.string("distribution")) ?? .truncatedNormal
        if distribution == .normal { distribution = .truncatedNormal }
        try FanScaling(scale: configuration.number("scale"), mode: mode, distribution: distribution)
            .fill(values, shape: shape, configuration, stream: stream)
    }
}

/// What `VarianceScaling` counts.
enum FanMode: String {
    case input = "fan_in"
    case output = "fan_out"
    case average = "fan_avg"
}

/// What `VarianceScaling` draws from.
enum Distribution: String, CaseIterable {
    case truncatedNormal = "truncated_normal"
    case untruncatedNormal = "untruncated_normal"
    case uniform
    /// An older name of `truncated_normal`.
    case normal
}

/// Which axes of a variable are inputs and which outputs, where Keras cannot tell from their order.
enum FanAxes {
    static let arguments = [
        Argument("input_axes", .axes, default: .null), Argument("output_axes", .axes, default: .null),
    ]

    /// The number of inputs and of outputs (`compute_fans`).
    static func count(_ shape: [Int], _ configuration: Arguments) throws -> (input: Double, output: Double) {
        func product(_ name: String) throws -> Double {
            try configuration.integers(name).reduce(1.0) { product, axis in
                let position = axis < 0 ? axis + shape.count : axis
                guard shape.indices.contains(position) else {
                    throw ArgumentError(
                        name,
                        "\(name) names axis \(axis), which a variable of shape \(Shape(shape)) does not have."
                    )
                }
                return product * Double(shape[position])
            }
        }
        if configuration.has("input_axes"), configuration.has("output_axes") {
            return (try product("input_axes"), try product("output_axes"))
        }
        guard let last = shape.last else { return (1, 1) }
        guard shape.count >= 2 else { return (Double(last), Double(last)) }
        let field = shape.dropLast(2).reduce(1.0) { $0 * Double($1) }
        return (Double(shape[shape.count - 2]) * field, Double(last) * field)
    }
}

/// An initializer whose variance depends on a variable's inputs and outputs.
protocol FanInitializer: Initializer {}

extension FanInitializer {
    func check(shape: [Int]) throws { _ = try FanAxes.count(shape, configuration) }
}

/// Draws values of a variance that depends on a variable's inputs and outputs.
struct FanScaling {
    let scale: Double
    let mode: FanMode
    let distribution: Distribution

    func fill(
        _ values: UnsafeMutableBufferPointer<Float>, shape: [Int], _ configuration: Arguments, stream: UInt64
    ) throws {
        let fans = try FanAxes.count(shape, configuration)
        let count =
            switch mode {
            case .input: fans.input
            case .output: fans.output
            case .average: (fans.input + fans.output) / 2
            }
        let variance = scale / max(1, count)
        guard let base = values.baseAddress else { return }
        let random = configuration.random(stream: stream)
        switch distribution {
        case .uniform:
            let limit = Float((3 * variance).squareRoot())
            random.uniform(base, count: values.count, lower: -limit, upper: limit)
        case .truncatedNormal, .normal:
            // The standard deviation of a unit normal cut at two standard deviations.
            let deviation = variance.squareRoot() / 0.879_625_661_034_239_78
            random.truncatedNormal(base, count: values.count, standardDeviation: Float(deviation))
        case .untruncatedNormal:
            random.normal(base, count: values.count, standardDeviation: Float(variance.squareRoot()))
        }
    }
}

extension Argument {
    /// A seed of the initializer's own.
    static let seed = Argument.integer("seed", in: Int.min...Int.max, default: .null)
}

extension Arguments {
    /// The generator of an initializer: by its own seed, or by the variable's stream.
    func random(stream: UInt64) -> Philox {
        if let seed = optionalInteger("seed") {
            return Philox(key: UInt64(bitPattern: Int64(seed)), stream: 3 << 56)
        }
        return Philox(key: stream, stream: 4 << 56)
    }
}
