extension ExpressionFunction {
    /// Functions of the older backend, `K`, that `keras.ops` lacks or means otherwise.
    ///
    /// Source: `keras/src/legacy/backend.py`.
    static let legacy: [ExpressionFunction] = [
        ExpressionFunction("pow", ["x", "a"]) { graph, call in
            let x = try call.tensor("x", &graph)
            if case .number(let exponent) = call["a"], let power = try graph.power(x, exponent.double) {
                return power
            }
            return try graph.binary(.power, x, call.tensor("a", &graph))
        },
        ExpressionFunction("sqrt", ["x"]) { graph, call in
            let x = try graph.binary(.maximum, call.tensor("x", &graph), try graph.constant(0))
            return try graph.unary(.sqrt, x)
        },
        ExpressionFunction("clip", ["x", "min_value", "max_value"]) { graph, call in
            if case .number(let low) = call["min_value"], case .number(let high) = call["max_value"],
                high.double < low.double
            {
                let bound = try graph.constant(low.double)
                return try graph.clip(call.tensor("x", &graph), bound, bound)
            }
            var result = try call.tensor("x", &graph)
            if !call.isNone("max_value") {
                result = try graph.binary(.minimum, result, call.tensor("max_value", &graph))
            }
            if !call.isNone("min_value") {
                result = try graph.binary(.maximum, result, call.tensor("min_value", &graph))
            }
            return result
        },
        ExpressionFunction(
            "relu",
            [
                "x", .optional("alpha", 0.0), .optional("max_value"), .optional("threshold", 0.0),
            ]
        ) { graph, call in
            try graph.legacyRelu(
                call.tensor("x", &graph), alpha: call.number("alpha"),
                greatest: call.isNone("max_value") ? nil : call.number("max_value"),
                threshold: call.number("threshold"))
        },
        ExpressionFunction("hard_sigmoid", ["x"]) { graph, call in
            let scaled = try graph.binary(.multiply, call.tensor("x", &graph), try graph.constant(0.2))
            let moved = try graph.binary(.add, scaled, try graph.constant(0.5))
            return try graph.clip(moved, try graph.constant(0), try graph.constant(1))
        },
        ExpressionFunction("l2_normalize", ["x", .axis]) { graph, call in
            let x = try call.tensor("x", &graph)
            let sum = try graph.reduce(
                .sum, try graph.unary(.square, x), axes: call.axes("axis", of: graph.shape(x)), keepdims: true
            )
            let bounded = try graph.binary(.maximum, sum, try graph.constant(1e-12))
            return try graph.binary(.multiply, x, try graph.unary(.rsqrt, bounded))
        },
        ExpressionFunction("argmax", ["x", .lastAxis]) { graph, call in
            try graph.position(
                .argmax, call.tensor("x", &graph), axis: { try call.axis("axis", of: $0) }, keepdims: false)
        },
        ExpressionFunction("argmin", ["x", .lastAxis]) { graph, call in
            try graph.position(
                .argmin, call.tensor("x", &graph), axis: { try call.axis("axis", of: $0) }, keepdims: false)
        },
        ExpressionFunction("cumsum", ["x", .optional("axis", 0)]) { graph, call in
            let x = try call.tensor("x", &graph)
            return try graph.add(
                .cumulativeSum(axis: call.requiredAxis("axis", of: graph.shape(x))), [x],
                shape: graph.shape(x), kind: max(graph.kind(x), .integer))
        },
        ExpressionFunction("expand_dims", ["x", .lastAxis]) { graph, call in
            let x = try call.tensor("x", &graph)
            let count = graph.shape(x).rank + 1
            return try graph.expandDimensions(
                x, axis: call.requiredAxis("axis", of: graph.shape(x), count: count))
        },
        ExpressionFunction("concatenate", ["tensors", .lastAxis]) { graph, call in
            let parts = try call.tensors("tensors", &graph)
            return try graph.concatenate(parts, axis: call.requiredAxis("axis", of: graph.shape(parts[0])))
        },
        ExpressionFunction(
            "binary_crossentropy",
            [
                "target", "output", .optional("from_logits", .boolean(false)),
            ]
        ) { graph, call in
            let target = try call.tensor("target", &graph)
            let output = try call.tensor("output", &graph)
            if try call.flag("from_logits") {
                return try graph.sigmoidCrossentropy(target, logits: output)
            }
            return try graph.binaryCrossentropy(target, try graph.clipProbability(output), epsilon: 1e-7)
        },
        ExpressionFunction("flatten", ["x"]) { graph, call in try graph.flatten(call.tensor("x", &graph)) },
        ExpressionFunction("batch_flatten", ["x"]) { graph, call in
            let x = try call.tensor("x", &graph)
            let extents = graph.shape(x).extents
            guard let first = extents.first else { throw call.fault("x", "a tensor with axes belongs here") }
            let rest = try graph.product(of: Array(extents.dropFirst()))
            return try graph.reshape(x, to: ExpressionShape([first, rest]))
        },
        ExpressionFunction("permute_dimensions", ["x", "pattern"]) { graph, call in
            let x = try call.tensor("x", &graph)
            guard let order = try call.axes("pattern", of: graph.shape(x)), order.count == graph.shape(x).rank
            else { throw call.fault("pattern", "each axis is named once") }
            return try graph.transpose(x, to: order)
        },
        ExpressionFunction("reverse", ["x", "axes"]) { graph, call in
            let x = try call.tensor("x", &graph)
            return try graph.flip(x, axes: call.axes("axes", of: graph.shape(x)) ?? [])
        },
        ExpressionFunction("switch", ["condition", "then_expression", "else_expression"]) { graph, call in
            try graph.select(
                call.tensor("condition", &graph), call.tensor("then_expression", &graph),
                call.tensor("else_expression", &graph))
        },
        ExpressionFunction("one_hot", ["indices", "num_classes"]) { graph, call in
            try graph.oneHot(
                graph.cast(call.tensor("indices", &graph), to: .integer), count: call.integer("num_classes"))
        },
        ExpressionFunction("constant", ["value", .optional("dtype")]) { graph, call in
            let value = try graph.cast(call.tensor("value", &graph), to: .float)
            return call.isNone("dtype") ? value : try graph.cast(value, to: call.kind("dtype"))
        },
        ExpressionFunction("cast_to_floatx", ["x"]) { graph, call in
            try graph.cast(call.tensor("x", &graph), to: .float)
        },
    ]
}

extension ExpressionGraph {
    /// The older backend's relu, with a slope below, a bound above and a threshold.
    fileprivate mutating func legacyRelu(
        _ x: Int, alpha: Double, greatest: Double?, threshold: Double
    ) throws -> Int {
        if alpha != 0, greatest == nil, threshold == 0 { return try leakyRelu(x, slope: alpha) }
        var result: Int
        if threshold != 0 {
            let isAbove = try binary(.greater, x, try constant(threshold))
            result = try binary(.multiply, x, try retyped(isAbove, as: .float))
        } else if greatest == 6 {
            result = try relu6(x)
        } else {
            result = try unary(.relu, x)
        }
        if let greatest, threshold != 0 || greatest != 6 {
            result = try clip(result, try constant(0), try constant(greatest))
        }
        guard alpha != 0 else { return result }
        let below = try binary(.subtract, try constant(threshold), x)
        let negative = try binary(.multiply, try constant(alpha), try unary(.relu, below))
        return try binary(.subtract, result, negative)
    }
}
