extension ExpressionFunction {
    /// Functions of single elements, with NumPy's names.
    static let elementwise: [ExpressionFunction] =
        ([
            ("negative", .negative), ("abs", .absolute), ("absolute", .absolute), ("fabs", .absolute),
            ("square", .square), ("sqrt", .sqrt), ("rsqrt", .rsqrt), ("reciprocal", .reciprocal),
            ("exp", .exp), ("expm1", .expm1), ("log", .log), ("log1p", .log1p), ("log2", .log2),
            ("log10", .log10), ("sin", .sin), ("cos", .cos), ("tan", .tan), ("arcsin", .arcsin),
            ("arccos", .arccos), ("arctan", .arctan), ("sinh", .sinh), ("cosh", .cosh), ("tanh", .tanh),
            ("arcsinh", .arcsinh), ("arccosh", .arccosh), ("arctanh", .arctanh), ("sigmoid", .sigmoid),
            ("relu", .relu), ("softplus", .softplus), ("erf", .erf), ("sign", .sign), ("floor", .floor),
            ("ceil", .ceil), ("trunc", .truncate), ("isnan", .isNan), ("isfinite", .isFinite),
            ("isinf", .isInfinite), ("logical_not", .logicalNot),
        ] as [(String, UnaryFunction)]).map { name, function in
            ExpressionFunction(name, ["x"]) { graph, call in
                let x = try call.tensor("x", &graph)
                let result = try graph.unary(function, x)
                if function == .sigmoid { graph.logits[result] = x }
                return function == .truncate ? try graph.retyped(result, as: graph.kind(x)) : result
            }
        }

    /// Functions of two elements, with NumPy's names.
    static let pairwise: [ExpressionFunction] =
        ([
            ("add", .add), ("subtract", .subtract), ("multiply", .multiply), ("divide", .divide),
            ("true_divide", .divide), ("floor_divide", .floorDivide), ("mod", .remainder),
            ("power", .power), ("maximum", .maximum), ("minimum", .minimum), ("arctan2", .arctan2),
            ("equal", .equal), ("not_equal", .notEqual), ("less", .less), ("less_equal", .lessEqual),
            ("greater", .greater), ("greater_equal", .greaterEqual), ("logical_and", .logicalAnd),
            ("logical_or", .logicalOr), ("logical_xor", .logicalXor),
        ] as [(String, BinaryFunction)]).map { name, function in
            ExpressionFunction(name, ["x1", "x2"]) { graph, call in
                try graph.binary(function, call.tensor("x1", &graph), call.tensor("x2", &graph))
            }
        }

    /// Functions of elements that take further arguments.
    static let adjustable: [ExpressionFunction] = [
        ExpressionFunction("round", ["x", .optional("decimals", 0)]) { graph, call in
            let x = try call.tensor("x", &graph)
            let decimals = try call.integer("decimals")
            guard decimals != 0 else { return try graph.unary(.round, x) }
            guard (-30...30).contains(decimals) else {
                throw call.fault("decimals", "a float32 is rounded to -30…30 decimals")
            }
            let factor = try graph.constant(ScalarMathematics.power(10, Double(decimals)))
            let scaled = try graph.unary(.round, try graph.binary(.multiply, x, factor))
            return try graph.binary(.divide, scaled, factor)
        },
        ExpressionFunction("clip", ["x", "x_min", "x_max"]) { graph, call in
            try graph.clip(
                call.tensor("x", &graph), call.tensor("x_min", &graph), call.tensor("x_max", &graph))
        },
        ExpressionFunction("where", ["condition", "x1", "x2"]) { graph, call in
            try graph.select(
                call.tensor("condition", &graph), call.tensor("x1", &graph), call.tensor("x2", &graph))
        },
        ExpressionFunction("cast", ["x", "dtype"]) { graph, call in
            try graph.cast(call.tensor("x", &graph), to: call.kind("dtype"))
        },
        ExpressionFunction("stop_gradient", ["variable"]) { graph, call in
            try graph.withoutGradient(call.tensor("variable", &graph))
        },
        ExpressionFunction("convert_to_tensor", ["x", .optional("dtype")]) { graph, call in
            let x = try call.tensor("x", &graph)
            return call.isNone("dtype") ? x : try graph.cast(x, to: call.kind("dtype"))
        },
        ExpressionFunction("logaddexp", ["x1", "x2"]) { graph, call in
            let (x, y) = (try call.tensor("x1", &graph), try call.tensor("x2", &graph))
            let distance = try graph.unary(.absolute, try graph.binary(.subtract, x, y))
            let tail = try graph.unary(.log1p, try graph.unary(.exp, try graph.unary(.negative, distance)))
            return try graph.binary(.add, try graph.binary(.maximum, x, y), tail)
        },
        ExpressionFunction("hypot", ["x1", "x2"]) { graph, call in
            let (x, y) = (try call.tensor("x1", &graph), try call.tensor("x2", &graph))
            let squares = try graph.binary(.add, graph.unary(.square, x), graph.unary(.square, y))
            return try graph.unary(.sqrt, squares)
        },
        ExpressionFunction("exp2", ["x"]) { graph, call in
            let x = try call.tensor("x", &graph)
            return try graph.unary(.exp, graph.binary(.multiply, x, graph.constant(0.6931471805599453)))
        },
        ExpressionFunction("isclose", ["x1", "x2", .optional("rtol", 1e-5), .optional("atol", 1e-8)]) {
            graph, call in
            let (x, y) = (try call.tensor("x1", &graph), try call.tensor("x2", &graph))
            let distance = try graph.unary(.absolute, graph.binary(.subtract, x, y))
            let share = try graph.binary(
                .multiply, graph.constant(call.number("rtol")), graph.unary(.absolute, y))
            let bound = try graph.binary(.add, graph.constant(call.number("atol")), share)
            let isNear = try graph.binary(.lessEqual, distance, bound)
            return try graph.binary(.logicalOr, isNear, graph.binary(.equal, x, y))
        },
        ExpressionFunction(
            "nan_to_num", ["x", .optional("nan", 0.0), .optional("posinf"), .optional("neginf")]
        ) { graph, call in
            let x = try call.tensor("x", &graph)
            let largest = Double(Float.greatestFiniteMagnitude)
            let high = call.isNone("posinf") ? largest : try call.number("posinf")
            let low = call.isNone("neginf") ? -largest : try call.number("neginf")
            let isHigh = try graph.binary(.equal, x, graph.constant(.infinity))
            let isLow = try graph.binary(.equal, x, graph.constant(-.infinity))
            let bounded = try graph.select(
                isHigh, graph.constant(high), graph.select(isLow, graph.constant(low), x))
            return try graph.select(
                graph.unary(.isNan, x), graph.constant(call.number("nan")), bounded)
        },
        ExpressionFunction("divide_no_nan", ["x1", "x2"]) { graph, call in
            let (x, y) = (try call.tensor("x1", &graph), try call.tensor("x2", &graph))
            let (zero, one) = (try graph.constant(0), try graph.constant(1))
            let isZero = try graph.binary(.equal, y, zero)
            return try graph.select(
                isZero, zero, try graph.binary(.divide, x, try graph.select(isZero, one, y)))
        },
    ]

    /// Values that are no tensors.
    static let plain: [ExpressionFunction] = [
        ExpressionFunction("epsilon", [], value: { _, _ in .number(.float(1e-7)) }),
        ExpressionFunction("floatx", [], value: { _, _ in .string("float32") }),
        ExpressionFunction(
            "ndim", ["x"],
            value: { graph, call in
                let x = try call.tensor("x", &graph)
                return .number(.integer(graph.shape(x).rank))
            }),
    ]
}

extension ExpressionCall {
    /// An argument that names an element type.
    func kind(_ name: String) throws -> ExpressionKind {
        guard case .string(let text) = self[name] else {
            throw fault(name, "a data type is a string, such as 'float32'")
        }
        switch text {
        case "float32", "float": return .float
        case "int32", "int64", "int": return .integer
        case "bool": return .boolean
        default:
            throw fault(
                name, "expressions calculate in 'float32', 'int32', 'int64' and 'bool', not '\(text)'")
        }
    }
}

extension ExpressionGraph {
    /// The elements converted to another type: whole numbers by cutting off, booleans by `x != 0`.
    mutating func cast(_ x: Int, to kind: ExpressionKind) throws -> Int {
        switch (self.kind(x), kind) {
        case (.float, .integer): try unary(.truncate, x)
        case (.float, .boolean), (.integer, .boolean): try unary(.isNonzero, x)
        default: try retyped(x, as: kind)
        }
    }

    /// max(min(x, high), low), the order in which TensorFlow has it.
    mutating func clip(_ x: Int, _ low: Int, _ high: Int) throws -> Int {
        try binary(.maximum, try binary(.minimum, x, high), low)
    }
}
