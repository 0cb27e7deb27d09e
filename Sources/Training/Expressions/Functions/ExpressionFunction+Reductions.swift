extension ExpressionFunction {
    private static let reducing: [Parameter] = ["x", .axis, .keepdims]

    /// Functions over axes.
    static let reductions: [ExpressionFunction] =
        ([
            ("sum", .sum), ("mean", .mean), ("max", .max), ("amax", .max), ("min", .min), ("amin", .min),
            ("prod", .product),
        ] as [(String, ExpressionReduction)]).map { name, reduction in
            ExpressionFunction(name, reducing) { graph, call in
                let x = try call.tensor("x", &graph)
                return try graph.reduce(
                    reduction, x, axes: call.axes("axis", of: graph.shape(x)), keepdims: call.flag("keepdims")
                )
            }
        }
        + [("any", ExpressionReduction.max), ("all", .min)].map { name, reduction in
            ExpressionFunction(name, reducing) { graph, call in
                let x = try graph.cast(call.tensor("x", &graph), to: .boolean)
                return try graph.reduce(
                    reduction, x, axes: call.axes("axis", of: graph.shape(x)), keepdims: call.flag("keepdims")
                )
            }
        }
        + [("argmax", ExpressionReduction.argmax), ("argmin", .argmin)].map { name, reduction in
            ExpressionFunction(name, reducing) { graph, call in
                try graph.position(
                    reduction, call.tensor("x", &graph), axis: { try call.axis("axis", of: $0) },
                    keepdims: call.flag("keepdims"))
            }
        } + [
            ExpressionFunction("var", reducing) { graph, call in
                let x = try call.tensor("x", &graph)
                return try graph.variance(
                    x, axes: call.axes("axis", of: graph.shape(x)), keepdims: call.flag("keepdims"))
            },
            ExpressionFunction("std", reducing) { graph, call in
                let x = try call.tensor("x", &graph)
                return try graph.unary(
                    .sqrt,
                    try graph.variance(
                        x, axes: call.axes("axis", of: graph.shape(x)), keepdims: call.flag("keepdims")))
            },
            ExpressionFunction("average", ["x", .axis, .optional("weights")]) { graph, call in
                let x = try call.tensor("x", &graph)
                let axes = try call.axis("axis", of: graph.shape(x)).map { [$0] }
                guard !call.isNone("weights") else { return try graph.reduce(.mean, x, axes: axes) }
                let weights = try graph.weights(call.tensor("weights", &graph), of: x, axis: axes?[0])
                let sum = try graph.reduce(.sum, graph.binary(.multiply, x, weights), axes: axes)
                return try graph.binary(.divide, sum, graph.reduce(.sum, weights, axes: axes))
            },
            ExpressionFunction("norm", ["x", .optional("ord"), .axis, .keepdims]) { graph, call in
                let x = try call.tensor("x", &graph)
                var axes = try call.axes("axis", of: graph.shape(x))
                let keepdims = try call.flag("keepdims")
                if call.isNone("ord") { return try graph.norm(x, axes: axes, keepdims: keepdims) }
                if axes == nil, graph.shape(x).rank == 1 { axes = [0] }
                guard let order = try? call.integer("ord"), [1, 2].contains(order), axes?.count == 1 else {
                    throw call.fault("ord", "the norms 1 and 2 along one axis are known, and None")
                }
                guard order == 1 else { return try graph.norm(x, axes: axes, keepdims: keepdims) }
                return try graph.reduce(.sum, graph.unary(.absolute, x), axes: axes, keepdims: keepdims)
            },
            ExpressionFunction("count_nonzero", ["x", .axis]) { graph, call in
                let x = try graph.cast(call.tensor("x", &graph), to: .boolean)
                return try graph.reduce(.sum, x, axes: call.axes("axis", of: graph.shape(x)))
            },
            ExpressionFunction("logsumexp", reducing) { graph, call in
                let x = try call.tensor("x", &graph)
                return try graph.logSumExp(
                    x, axes: call.axes("axis", of: graph.shape(x)), keepdims: call.flag("keepdims"))
            },
            ExpressionFunction("cumsum", ["x", .axis]) { graph, call in
                var x = try call.tensor("x", &graph)
                if call.isNone("axis") { x = try graph.flatten(x) }
                let axis = try call.axis("axis", of: graph.shape(x)) ?? 0
                return try graph.add(
                    .cumulativeSum(axis: axis), [x], shape: graph.shape(x),
                    kind: max(graph.kind(x), .integer))
            },
            ExpressionFunction(
                "normalize", ["x", .lastAxis, .optional("order", 2), .optional("epsilon")]
            ) { graph, call in
                let x = try call.tensor("x", &graph)
                guard try call.integer("order") == 2 else {
                    throw call.fault("order", "only the Euclidean norm, 2, is supported")
                }
                let epsilon = call.isNone("epsilon") ? 1e-7 : try call.number("epsilon")
                let norm = try graph.unary(
                    .rsqrt,
                    try graph.reduce(
                        .sum, try graph.unary(.square, x), axes: call.axes("axis", of: graph.shape(x)),
                        keepdims: true))
                return try graph.binary(
                    .multiply, x, try graph.binary(.minimum, norm, try graph.constant(1 / epsilon)))
            },
        ]
}

extension ExpressionGraph {
    /// The place of the greatest or least element; over all of them in a row if the axis is nil.
    mutating func position(
        _ reduction: ExpressionReduction, _ x: Int, axis: (ExpressionShape) throws -> Int?, keepdims: Bool
    ) throws -> Int {
        if let axis = try axis(shape(x)) { return try reduce(reduction, x, axes: [axis], keepdims: keepdims) }
        let place = try reduce(reduction, try flatten(x), axes: nil)
        guard keepdims else { return place }
        return try reshape(place, to: ExpressionShape(shape(x).extents.map { _ in .one }))
    }

    /// The root of the sum of the squares.
    fileprivate mutating func norm(_ x: Int, axes: [Int]?, keepdims: Bool) throws -> Int {
        try unary(.sqrt, reduce(.sum, unary(.square, x), axes: axes, keepdims: keepdims))
    }

    /// Weights in the shape of x: they have it, or the extent of an axis.
    fileprivate mutating func weights(_ weights: Int, of x: Int, axis: Int?) throws -> Int {
        let target = shape(x)
        guard shape(weights) != target, let axis, shape(weights).rank == 1 else {
            return try broadcast(weights, to: target)
        }
        var extents = [ExpressionExtent](repeating: .one, count: target.rank)
        extents[axis] = shape(weights)[0]
        return try broadcast(reshape(weights, to: ExpressionShape(extents)), to: target)
    }

    /// The mean of the squared distances from the mean.
    mutating func variance(_ x: Int, axes: [Int]?, keepdims: Bool) throws -> Int {
        let mean = try reduce(.mean, x, axes: axes, keepdims: true)
        let deviation = try binary(.subtract, x, mean)
        return try reduce(.mean, try unary(.square, deviation), axes: axes, keepdims: keepdims)
    }

    /// log Σ eˣ, about the greatest element, which takes no gradient.
    mutating func logSumExp(_ x: Int, axes: [Int]?, keepdims: Bool) throws -> Int {
        let greatest = try withoutGradient(try reduce(.max, x, axes: axes, keepdims: true))
        let center = try select(try unary(.isFinite, greatest), greatest, try constant(0))
        let sum = try reduce(
            .sum, try unary(.exp, try binary(.subtract, x, center)), axes: axes, keepdims: keepdims)
        let flat = try reshape(center, to: shape(sum))
        return try binary(.add, try unary(.log, sum), flat)
    }
}
