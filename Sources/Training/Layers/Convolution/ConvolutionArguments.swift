import Protocol

extension Argument {
    /// What tells how windows slide over so many axes.
    static func windows(_ positions: Int) -> [Argument] {
        [
            .integers("kernel_size", count: positions),
            .integers("strides", count: positions, default: 1),
            .choice("padding", ["valid", "same"], default: "valid"),
            .dataFormat,
            .integers("dilation_rate", count: positions, default: 1),
        ]
    }
}

/// What convolutions share.
extension Arguments {
    /// How the windows slide.
    var windowGeometry: WindowGeometry {
        WindowGeometry(
            size: integers("kernel_size"), strides: integers("strides"), dilation: integers("dilation_rate"),
            padding: WindowGeometry.Padding(rawValue: string("padding")) ?? .valid)
    }

    /// The bias of so many filters, if there is one.
    func biasWeight(_ filters: Int) -> [WeightDescription] {
        guard bool("use_bias") else { return [] }
        return [
            WeightDescription(
                "bias", [filters], initializer("bias_initializer"),
                regularizer: regularizer("bias_regularizer"),
                constraint: constraint("bias_constraint"))
        ]
    }

    /// The operation that `make` gives for arrays whose channels are last, on arrays as `data_format` has them.
    func convolution(_ site: Site, make: (Site, Activation) throws -> Operation) throws -> Operation {
        let activation = activation()
        guard isChannelsFirst else { return try site.activated(activation) { try make($1, $0) } }
        if activation.isElementwise {
            return try AxisLastOperation(site, axis: 1) { try make($0, activation) }
        }
        // The others look along axes of the output as it is.
        var shape = site.output.shape
        if activation.form == .glu { shape[shape.count - 1] *= 2 }
        let middle = try site.tensor(shape)
        let inner = site.part(input: site.input, output: middle, weights: site.weights.indices)
        return Chain([
            try AxisLastOperation(inner, axis: 1) { try make($0, .linear) },
            try ActivationOperation(
                activation, site.part(input: middle, output: site.output, weights: 0..<0)),
        ])
    }
}

extension ImageShape {
    /// The channels, which a layer has to know when it is built.
    func knownChannels(for name: String) throws -> Int {
        guard let channels else { throw ShapeError("\(name) has to know the channels of its input.") }
        return channels
    }

    /// The shape of what a convolution with so many filters gives, its activation included.
    func output(_ arguments: Arguments, filters: Int, for name: String) throws -> Shape {
        let geometry = arguments.windowGeometry
        let counts = positions.enumerated().map { geometry.count($1, axis: $0) }
        guard !counts.contains(0) else {
            throw ShapeError("The windows of \(name) are larger than its input.")
        }
        let output = with(positions: counts, channels: filters, isChannelsFirst: arguments.isChannelsFirst)
        return try arguments.activation().outputShape(for: output)
    }
}

extension Site {
    /// The site of an operation inside this one, on some of its variables.
    func part(input: Tensor, output: Tensor, weights range: Range<Int>) -> Site {
        Site(
            input: input, output: output, weights: Array(weights[range]), states: [], isTraining: isTraining,
            stream: stream, arena: arena, scratch: scratch)
    }
}
