extension ExpressionFunction {
    /// The crossentropies of `keras.ops`, one value a sample or element.
    static let losses: [ExpressionFunction] = [
        ExpressionFunction(
            "categorical_crossentropy",
            ["target", "output", .optional("from_logits", .boolean(false)), .lastAxis]
        ) { graph, call in
            let target = try call.tensor("target", &graph)
            var output = try call.tensor("output", &graph)
            try graph.requireSameShape(target, output)
            var isLogits = try call.flag("from_logits")
            if let logits = graph.logits[output] { (output, isLogits) = (logits, true) }
            let axes = [try call.requiredAxis("axis", of: graph.shape(output))]
            let logarithm =
                isLogits
                ? try graph.logSoftmax(output, axes: axes)
                : try graph.unary(
                    .log,
                    try graph.clipProbability(
                        try graph.binary(
                            .divide, output, try graph.reduce(.sum, output, axes: axes, keepdims: true))))
            let sum = try graph.reduce(.sum, try graph.binary(.multiply, target, logarithm), axes: axes)
            return try graph.unary(.negative, sum)
        },
        ExpressionFunction(
            "sparse_categorical_crossentropy",
            ["target", "output", .optional("from_logits", .boolean(false)), .lastAxis]
        ) { graph, call in
            var output = try call.tensor("output", &graph)
            let shape = graph.shape(output)
            guard shape.rank > 0, try call.axis("axis", of: shape) == shape.rank - 1 else {
                throw call.fault("axis", "the classes are on the last axis")
            }
            var isLogits = try call.flag("from_logits")
            if let logits = graph.logits[output] { (output, isLogits) = (logits, true) }
            let logarithm =
                isLogits ? output : try graph.unary(.log, try graph.clipProbability(output))
            return try graph.sparseCrossentropy(
                call.tensor("target", &graph), try graph.logSoftmax(logarithm, axes: [shape.rank - 1]))
        },
        ExpressionFunction(
            "binary_crossentropy", ["target", "output", .optional("from_logits", .boolean(false))]
        ) { graph, call in
            let target = try call.tensor("target", &graph)
            let output = try call.tensor("output", &graph)
            try graph.requireSameShape(target, output)
            if let logits = graph.logits[output] {
                return try graph.sigmoidCrossentropy(target, logits: logits)
            }
            if try call.flag("from_logits") {
                return try graph.sigmoidCrossentropy(target, logits: output)
            }
            return try graph.binaryCrossentropy(target, try graph.clipProbability(output), epsilon: nil)
        },
    ]
}

extension ExpressionGraph {
    fileprivate func requireSameShape(_ target: Int, _ output: Int) throws {
        guard shape(target) == shape(output) else {
            throw ExpressionFault(
                "'target' and 'output' need the same shape, not \(shape(target)) and \(shape(output))")
        }
    }

    /// A probability kept within [1e-7, 1 - 1e-7].
    mutating func clipProbability(_ x: Int) throws -> Int {
        try clip(x, try constant(1e-7), try constant(1 - 1e-7))
    }

    /// softplus(logits) - target · logits.
    mutating func sigmoidCrossentropy(_ target: Int, logits: Int) throws -> Int {
        try binary(.subtract, try unary(.softplus, logits), try binary(.multiply, target, logits))
    }

    /// -target log(output) - (1 - target) log(1 - output), with `epsilon` added inside the logarithms.
    mutating func binaryCrossentropy(_ target: Int, _ output: Int, epsilon: Double?) throws -> Int {
        let one = try constant(1)
        var (yes, no) = (output, try binary(.subtract, one, output))
        if let epsilon {
            let addend = try constant(epsilon)
            (yes, no) = (try binary(.add, yes, addend), try binary(.add, no, addend))
        }
        let first = try binary(.multiply, target, try unary(.log, yes))
        let second = try binary(.multiply, try binary(.subtract, one, target), try unary(.log, no))
        return try unary(.negative, try binary(.add, first, second))
    }

    /// Minus the log probability of each target; NaN for a target that is no class.
    fileprivate mutating func sparseCrossentropy(_ target: Int, _ logarithm: Int) throws -> Int {
        let classes = shape(logarithm)[shape(logarithm).rank - 1]
        guard classes.isFixed else { throw ExpressionFault("the classes cannot be the batch") }
        let samples = try ExpressionShape(shape(logarithm).extents.dropLast())
        var target = try cast(target, to: .integer)
        if shape(target).extents == samples.extents + [.one] { target = try reshape(target, to: samples) }
        guard shape(target) == samples else {
            throw ExpressionFault(
                "'target' needs the shape \(samples), one class a sample, not \(shape(target))")
        }
        let marks = try oneHot(target, count: classes.fixed)
        let axis = [shape(marks).rank - 1]
        let chosen = try reduce(.sum, try select(marks, logarithm, try constant(0)), axes: axis)
        return try binary(
            .divide, try unary(.negative, chosen), try reduce(.sum, marks, axes: axis))
    }

    /// A last axis of `count` with 1 at the element's value, all 0 for values outside of it.
    mutating func oneHot(_ x: Int, count: Int) throws -> Int {
        guard count > 0 else { throw ExpressionFault("a one-hot code needs at least one class") }
        let shape = try ExpressionShape(shape(x).extents + [ExpressionExtent(fixed: count)])
        return try add(.oneHot, [x], shape: shape, kind: .float, isDifferentiable: false)
    }
}
