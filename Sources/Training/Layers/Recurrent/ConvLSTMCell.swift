import Kernels
import Protocol

/// One step of a `ConvLSTM` over images whose channels are last.
struct ConvLSTMCell: RecurrentCell {
    static let className = "ConvLSTMCell"
    static let arguments: [Argument] = []

    let configuration: Arguments
    /// The images' lengths, the channels last; empty where they are not known yet.
    let image: [Int]

    init(_ arguments: Arguments) throws {
        throw ArgumentError(nil, "A ConvLSTMCell belongs to a ConvLSTM layer.")
    }

    init(_ configuration: Arguments, image: [Int]) {
        self.configuration = configuration
        self.image = image
    }

    /// The windows over the input.
    private var geometry: WindowGeometry {
        WindowGeometry(
            size: configuration.integers("kernel_size"), strides: configuration.integers("strides"),
            dilation: configuration.integers("dilation_rate"),
            padding: configuration.string("padding") == "same" ? .same : .valid)
    }

    /// The lengths of the output's images.
    var outputLengths: [Int] {
        image.dropLast().enumerated().map { geometry.count($1, axis: $0) ?? 0 }
    }

    private var filters: Int { configuration.integer("filters") }

    var stateSizes: [Int] {
        let size = outputLengths.reduce(filters, *)
        return [size, size]
    }

    /// The windows over the input, and those over the state.
    func windows() -> (input: Windows, state: Windows) {
        let channels = image.last ?? 1
        let size = configuration.integers("kernel_size")
        let ones = Array(repeating: 1, count: size.count)
        let recurrent = WindowGeometry(size: size, strides: ones, dilation: ones, padding: .same)
        return (
            geometry.windows(over: Array(image.dropLast()), channels: channels, placeStride: channels),
            recurrent.windows(over: outputLengths, channels: filters, placeStride: filters)
        )
    }

    func weights(for input: Shape) throws -> [WeightDescription] {
        let size = configuration.integers("kernel_size")
        var bias = configuration.initializer("bias_initializer")
        if configuration.bool("unit_forget_bias") { bias = ForgetBias(bias, units: filters) }
        let weights = configuration.cellWeights(
            features: 1, units: 1, gates: 4, biasShape: [4 * filters], biasInitializer: bias)
        let shapes = [size + [image.last ?? 1, 4 * filters], size + [filters, 4 * filters], [4 * filters]]
        return zip(weights, shapes).map { weight, shape in
            WeightDescription(
                weight.path, shape, weight.initializer, regularizer: weight.regularizer,
                constraint: weight.constraint)
        }
    }

    func makeSequence(_ site: CellSite) throws -> CellSequence { try ConvLSTMSequence(self, site) }
}
