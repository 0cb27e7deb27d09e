extension ExpressionFunction {
    /// Activations of `keras.ops`.
    static let activations: [ExpressionFunction] = [
        ExpressionFunction("relu6", ["x"]) { graph, call in try graph.relu6(call.tensor("x", &graph)) },
        ExpressionFunction("silu", ["x"]) { graph, call in try graph.silu(call.tensor("x", &graph)) },
        ExpressionFunction("swish", ["x"]) { graph, call in try graph.silu(call.tensor("x", &graph)) },
        ExpressionFunction("softsign", ["x"]) { graph, call in
            let x = try call.tensor("x", &graph)
            let divisor = try graph.binary(.add, try graph.constant(1), try graph.unary(.absolute, x))
            return try graph.binary(.divide, x, divisor)
        },
        ExpressionFunction("log_sigmoid", ["x"]) { graph, call in
            let x = try graph.unary(.negative, call.tensor("x", &graph))
            return try graph.unary(.negative, try graph.unary(.softplus, x))
        },
        ExpressionFunction("leaky_relu", ["x", .optional("negative_slope", 0.2)]) { graph, call in
            try graph.leakyRelu(call.tensor("x", &graph), slope: call.number("negative_slope"))
        },
        ExpressionFunction("hard_sigmoid", ["x"]) { graph, call in
            try graph.hardSigmoid(call.tensor("x", &graph))
        },
        ExpressionFunction("hard_silu", ["x"]) { graph, call in
            let x = try call.tensor("x", &graph)
            return try graph.binary(.multiply, x, try graph.hardSigmoid(x))
        },
        ExpressionFunction("hard_swish", ["x"]) { graph, call in
            let x = try call.tensor("x", &graph)
            return try graph.binary(.multiply, x, try graph.hardSigmoid(x))
        },
        ExpressionFunction("hard_tanh", ["x"]) { graph, call in
            try graph.clip(call.tensor("x", &graph), try graph.constant(-1), try graph.constant(1))
        },
        ExpressionFunction("tanh_shrink", ["x"]) { graph, call in
            let x = try call.tensor("x", &graph)
            return try graph.binary(.subtract, x, try graph.unary(.tanh, x))
        },
        ExpressionFunction("elu", ["x", .optional("alpha", 1.0)]) { graph, call in
            try graph.elu(call.tensor("x", &graph), alpha: call.number("alpha"))
        },
        ExpressionFunction("selu", ["x"]) { graph, call in
            let body = try graph.elu(call.tensor("x", &graph), alpha: 1.6732632423543772, isSmooth: true)
            return try graph.binary(.multiply, try graph.constant(1.0507009873554805), body)
        },
        ExpressionFunction("celu", ["x", .optional("alpha", 1.0)]) { graph, call in
            let (x, zero) = (try call.tensor("x", &graph), try graph.constant(0))
            let alpha = try graph.constant(call.number("alpha"))
            let low = try graph.binary(.divide, try graph.binary(.minimum, x, zero), alpha)
            return try graph.binary(
                .add, try graph.binary(.maximum, x, zero),
                try graph.binary(.multiply, alpha, try graph.unary(.expm1, low)))
        },
        ExpressionFunction("gelu", ["x", .optional("approximate", .boolean(true))]) { graph, call in
            try graph.gelu(call.tensor("x", &graph), isApproximate: call.flag("approximate"))
        },
        ExpressionFunction("softmax", ["x", .lastAxis]) { graph, call in
            let x = try call.tensor("x", &graph)
            let result = try graph.softmax(x, axes: call.axes("axis", of: graph.shape(x)))
            if case .number = call["axis"] { graph.logits[result] = x }
            return result
        },
        ExpressionFunction("log_softmax", ["x", .lastAxis]) { graph, call in
            let x = try call.tensor("x", &graph)
            return try graph.logSoftmax(x, axes: call.axes("axis", of: graph.shape(x)))
        },
    ]
}

extension ExpressionGraph {
    /// x σ(x).
    mutating func silu(_ x: Int) throws -> Int { try binary(.multiply, x, try unary(.sigmoid, x)) }

    /// min(max(x, 0), 6), without gradient from 6 on.
    mutating func relu6(_ x: Int) throws -> Int {
        let six = try constant(6)
        return try select(try binary(.less, x, six), try unary(.relu, x), six)
    }

    /// relu6(x + 3) / 6.
    mutating func hardSigmoid(_ x: Int) throws -> Int {
        try binary(.divide, try relu6(try binary(.add, x, try constant(3))), try constant(6))
    }

    /// x where x > 0, slope · x elsewhere.
    mutating func leakyRelu(_ x: Int, slope: Double) throws -> Int {
        let isPositive = try binary(.greater, x, try constant(0))
        return try select(isPositive, x, try binary(.multiply, try constant(slope), x))
    }

    /// x where x > 0, alpha (eˣ - 1) elsewhere; the slope at 0 is 1 if smooth, alpha if not.
    mutating func elu(_ x: Int, alpha: Double, isSmooth: Bool = false) throws -> Int {
        let zero = try constant(0)
        let low = try binary(
            .multiply, try constant(alpha), try unary(.expm1, try binary(.minimum, x, zero)))
        return try select(try binary(isSmooth ? .greaterEqual : .greater, x, zero), x, low)
    }

    /// x Φ(x), or its approximation by tanh (Hendrycks and Gimpel, arXiv:1606.08415).
    mutating func gelu(_ x: Int, isApproximate: Bool) throws -> Int {
        let one = try constant(1)
        let bell: Int
        if isApproximate {
            let cube = try binary(.multiply, x, try unary(.square, x))
            let inner = try binary(.add, x, try binary(.multiply, try constant(0.044715), cube))
            bell = try unary(.tanh, try binary(.multiply, try constant(0.7978845608028654), inner))
        } else {
            bell = try unary(.erf, try binary(.divide, x, try constant(1.4142135623730951)))
        }
        let half = try binary(.multiply, try constant(0.5), x)
        return try binary(.multiply, half, try binary(.add, one, bell))
    }

    /// eˣ / Σ eˣ; over all elements if `axes` is nil.
    mutating func softmax(_ x: Int, axes: [Int]?) throws -> Int {
        if let whole = try wholeSoftmax(x, axes: axes, isLogarithm: false) { return whole }
        let powers = try unary(.exp, try centered(x, axes: axes))
        return try binary(.divide, powers, try reduce(.sum, powers, axes: axes, keepdims: true))
    }

    /// x - log Σ eˣ; over all elements if `axes` is nil.
    mutating func logSoftmax(_ x: Int, axes: [Int]?) throws -> Int {
        if let whole = try wholeSoftmax(x, axes: axes, isLogarithm: true) { return whole }
        let center = try centered(x, axes: axes)
        let sum = try reduce(.sum, try unary(.exp, center), axes: axes, keepdims: true)
        return try binary(.subtract, center, try unary(.log, sum))
    }

    /// One step for axes that are neighbours; nil if they are not.
    private mutating func wholeSoftmax(_ x: Int, axes: [Int]?, isLogarithm: Bool) throws -> Int? {
        let axes = (axes ?? Array(0..<shape(x).rank)).sorted()
        guard let first = axes.first, axes == Array(first..<first + axes.count) else { return nil }
        return try add(
            .softmax(isLogarithm: isLogarithm, first: first, end: first + axes.count), [x], shape: shape(x),
            kind: .float)
    }

    /// x less its greatest element, which takes no gradient.
    private mutating func centered(_ x: Int, axes: [Int]?) throws -> Int {
        let greatest = try withoutGradient(try reduce(.max, x, axes: axes, keepdims: true))
        return try binary(.subtract, x, greatest)
    }
}
