extension ExpressionFunction {
    /// Functions that make an array of a shape, or repeat what there is.
    static let filling: [ExpressionFunction] =
        [("ones", Float(1)), ("zeros", 0)].map { name, value in
            ExpressionFunction(name, ["shape", .optional("dtype")]) { graph, call in
                let kind = call.isNone("dtype") ? ExpressionKind.float : try call.kind("dtype")
                return try graph.broadcast(
                    try graph.constant([value], kind: kind), to: call.shape("shape", &graph))
            }
        }
        + [("ones_like", Float(1)), ("zeros_like", 0)].map { name, value in
            ExpressionFunction(name, ["x", .optional("dtype")]) { graph, call in
                let x = try call.tensor("x", &graph)
                let kind = call.isNone("dtype") ? graph.kind(x) : try call.kind("dtype")
                return try graph.broadcast(try graph.constant([value], kind: kind), to: graph.shape(x))
            }
        } + [
            ExpressionFunction("full", ["shape", "fill_value", .optional("dtype")]) { graph, call in
                var value = try call.tensor("fill_value", &graph)
                value = try graph.cast(value, to: call.isNone("dtype") ? .float : call.kind("dtype"))
                return try graph.broadcast(value, to: call.shape("shape", &graph))
            },
            ExpressionFunction("full_like", ["x", "fill_value", .optional("dtype")]) { graph, call in
                let x = try call.tensor("x", &graph)
                let kind = call.isNone("dtype") ? graph.kind(x) : try call.kind("dtype")
                let value = try graph.cast(call.tensor("fill_value", &graph), to: kind)
                return try graph.broadcast(value, to: graph.shape(x))
            },
            ExpressionFunction("broadcast_to", ["x", "shape"]) { graph, call in
                try graph.broadcast(call.tensor("x", &graph), to: call.shape("shape", &graph))
            },
            ExpressionFunction("tile", ["x", "repeats"]) { graph, call in
                guard let counts = call["repeats"].integers else {
                    throw call.fault("repeats", "a whole number for each axis belongs here")
                }
                return try graph.tile(call.tensor("x", &graph), counts)
            },
            ExpressionFunction("repeat", ["x", "repeats", .axis]) { graph, call in
                var x = try call.tensor("x", &graph)
                if call.isNone("axis") { x = try graph.flatten(x) }
                let axis = try call.axis("axis", of: graph.shape(x)) ?? 0
                return try graph.repeatElements(x, call.integer("repeats"), axis: axis)
            },
        ]

    /// The same of the older backend, as it calls them.
    static let olderFilling: [ExpressionFunction] = [
        ExpressionFunction("tile", ["x", "n"]) { graph, call in
            guard let counts = call["n"].integers else {
                throw call.fault("n", "a whole number for each axis belongs here")
            }
            return try graph.tile(call.tensor("x", &graph), counts)
        },
        ExpressionFunction("repeat", ["x", "n"]) { graph, call in
            let x = try call.tensor("x", &graph)
            guard graph.shape(x).rank == 2 else {
                throw call.fault("x", "a tensor of two axes belongs here; repeat_elements takes others")
            }
            return try graph.repeatElements(
                try graph.expandDimensions(x, axis: 1), call.integer("n"), axis: 1)
        },
        ExpressionFunction("repeat_elements", ["x", "rep", "axis"]) { graph, call in
            let x = try call.tensor("x", &graph)
            return try graph.repeatElements(
                x, call.integer("rep"), axis: call.requiredAxis("axis", of: graph.shape(x)))
        },
    ]
}

extension ExpressionGraph {
    /// Each element along an axis so many times, one beside the other.
    fileprivate mutating func repeatElements(_ x: Int, _ count: Int, axis: Int) throws -> Int {
        guard count > 0 else {
            throw ExpressionFault("elements are repeated at least once, not \(count) times")
        }
        guard count > 1 else { return x }
        let extents = shape(x).extents
        guard axis < extents.count else {
            return try broadcast(x, to: ExpressionShape([.init(fixed: count)]))
        }
        return try interleave(x, at: axis + 1, count, merging: axis)
    }

    /// The whole array so many times along each axis; axes that are missing in front count as of extent 1.
    fileprivate mutating func tile(_ x: Int, _ counts: [Int]) throws -> Int {
        guard counts.allSatisfy({ $0 > 0 }) else {
            throw ExpressionFault("an array is tiled at least once along each axis, not \(counts)")
        }
        var result = x
        for _ in shape(x).rank..<max(shape(x).rank, counts.count) {
            result = try expandDimensions(result, axis: 0)
        }
        let offset = shape(result).rank - counts.count
        for (place, count) in counts.enumerated() where count > 1 {
            result = try interleave(result, at: offset + place, count, merging: offset + place)
        }
        return result
    }

    /// A new axis of extent `count` at `place`, run together with the one beside it: `axis` and the one behind it.
    private mutating func interleave(_ x: Int, at place: Int, _ count: Int, merging axis: Int) throws -> Int {
        let wide = try expandDimensions(x, axis: place)
        var extents = shape(wide).extents
        extents[place] = ExpressionExtent(fixed: count)
        let repeated = try broadcast(wide, to: ExpressionShape(extents))
        extents[axis] = try product(of: Array(extents[axis...axis + 1]))
        extents.remove(at: axis + 1)
        return try reshape(repeated, to: ExpressionShape(extents))
    }
}
