/// The ways in which Keras 1, 2 and 3 let a layer state the shape of its input.
struct InputSpelling {
    /// The shape with the batch, or nil when the layer states none.
    var shape: Shape?
    /// The configuration without the arguments that were read.
    var config: JSONObject

    /// Classes whose `input_dim` is the last of `(steps, features)`.
    private static let temporal: Set<String> = [
        "LSTM", "GRU", "SimpleRNN", "RNN", "Bidirectional", "TimeDistributed", "Conv1D", "Convolution1D",
        "Conv1DTranspose", "Convolution1DTranspose", "SeparableConv1D", "SeparableConvolution1D",
        "DepthwiseConv1D", "MaxPooling1D", "MaxPool1D", "AveragePooling1D", "AvgPool1D",
        "GlobalMaxPooling1D", "GlobalMaxPool1D", "GlobalAveragePooling1D", "GlobalAvgPool1D",
        "ZeroPadding1D", "Cropping1D", "UpSampling1D", "SpatialDropout1D",
    ]

    /// Reads and removes `input_shape`, `batch_input_shape`, `batch_shape`, `input_dim`, `input_length` and
    /// `batch_size` from a layer's configuration.
    init(_ layer: LayerDefinition, faults: Faults) {
        config = layer.config
        let isInput = layer.className == "InputLayer" || layer.className == "Input"
        var reader = Reader(config: config, pointer: layer.pointer, faults: faults)
        let batch = reader.size("batch_size")
        let full = reader.shape("batch_shape") ?? reader.shape("batch_input_shape")
        let own = isInput ? reader.shape("shape") ?? reader.shape("input_shape") : reader.shape("input_shape")
        var sizes: [Int?]?
        if let own {
            sizes = own.dimensions
        } else if layer.className == "Embedding" {
            sizes = reader.sizes("input_length")
        } else {
            let length = reader.sizes("input_length")
            if let features = reader.size("input_dim") {
                let steps = length ?? (Self.temporal.contains(layer.className) ? [nil] : [])
                sizes = steps + [features]
            }
        }
        config = reader.config
        if let full {
            shape = full
            if full.rank == 0 {
                faults.add(layer.pointer, "A batch shape has at least one dimension, the batch.")
                shape = nil
            }
        } else if let sizes {
            shape = Shape([batch] + sizes)
        }
    }

    /// Takes members out of a configuration.
    private struct Reader {
        var config: JSONObject
        let pointer: JSONPointer
        let faults: Faults

        mutating func size(_ key: String) -> Int? {
            guard let value = config.removeValue(forKey: key), !value.isNull else { return nil }
            return InputSpelling.size(value, at: pointer.appending(key), faults: faults)
        }

        /// One size or a list of them, as `input_length` may be.
        mutating func sizes(_ key: String) -> [Int?]? {
            if config[key]?.array != nil { return shape(key)?.dimensions }
            return size(key).map { [$0] }
        }

        mutating func shape(_ key: String) -> Shape? {
            guard let value = config.removeValue(forKey: key), !value.isNull else { return nil }
            return Shape(reading: value, at: pointer.appending(key), faults: faults)
        }
    }

    fileprivate static func size(_ value: JSONValue, at pointer: JSONPointer, faults: Faults) -> Int? {
        guard let size = value.integer, (1...Int(Int32.max)).contains(size) else {
            faults.add(pointer, "A size is a whole number from 1 to \(Int32.max), not \(value.brief).")
            return nil
        }
        return size
    }
}

extension Shape {
    /// Reads a list of sizes, `null` for any, or one number for a list of one.
    public init?(reading value: JSONValue, at pointer: JSONPointer, faults: Faults) {
        let elements = value.array ?? (value.integer == nil ? nil : [value])
        guard let elements, elements.count <= 16 else {
            faults.add(
                pointer, "A shape is a list of at most 16 sizes, such as [null, 8], not \(value.brief).")
            return nil
        }
        self.init(
            elements.enumerated().map { index, element -> Int? in
                if element.isNull { return nil }
                return InputSpelling.size(element, at: pointer.appending(index), faults: faults)
            })
    }
}

extension JSONValue {
    /// The value for an error message: a scalar as it was written, else its kind.
    public var brief: String {
        switch self {
        case .null: "null"
        case .bool(let value): "\(value)"
        case .integer(let value): "\(value)"
        case .number(let value): "\(value)"
        case .string(let value): "'\(value.prefix(80))'"
        case .array: array?.isEmpty == true ? "an empty array" : "an array"
        case .object: "an object"
        }
    }
}
