extension ExpressionFunction {
    /// Functions that rearrange elements.
    static let rearranging: [ExpressionFunction] = [
        ExpressionFunction("reshape", ["x", "newshape"]) { graph, call in
            let x = try call.tensor("x", &graph)
            return try graph.reshape(x, toExtents: call.openShape("newshape", graph))
        },
        ExpressionFunction("ravel", ["x"]) { graph, call in try graph.flatten(call.tensor("x", &graph)) },
        ExpressionFunction("expand_dims", ["x", "axis"]) { graph, call in
            let x = try call.tensor("x", &graph)
            let count = graph.shape(x).rank + 1
            return try graph.expandDimensions(
                x, axis: call.requiredAxis("axis", of: graph.shape(x), count: count))
        },
        ExpressionFunction("squeeze", ["x", .axis]) { graph, call in
            let x = try call.tensor("x", &graph)
            let shape = graph.shape(x)
            let axes =
                try call.axes("axis", of: shape) ?? (0..<shape.rank).filter { shape[$0] == .one }
            if let axis = axes.first(where: { shape[$0] != .one }) {
                throw call.fault("axis", "the extent of axis \(axis) is \(shape[axis]), not 1")
            }
            let kept = (0..<shape.rank).filter { !axes.contains($0) }.map { shape[$0] }
            return try graph.reshape(x, to: ExpressionShape(kept))
        },
        ExpressionFunction("transpose", ["x", .optional("axes")]) { graph, call in
            let x = try call.tensor("x", &graph)
            let rank = graph.shape(x).rank
            let order = try call.axes("axes", of: graph.shape(x)) ?? Array((0..<rank).reversed())
            guard order.count == rank else {
                throw call.fault("axes", "each of the \(rank) axes is named once")
            }
            return try graph.transpose(x, to: order)
        },
        ExpressionFunction("swapaxes", ["x", "axis1", "axis2"]) { graph, call in
            let x = try call.tensor("x", &graph)
            var order = Array(0..<graph.shape(x).rank)
            let first = try call.requiredAxis("axis1", of: graph.shape(x))
            let second = try call.requiredAxis("axis2", of: graph.shape(x))
            order.swapAt(first, second)
            return try graph.transpose(x, to: order)
        },
        ExpressionFunction("moveaxis", ["x", "source", "destination"]) { graph, call in
            let x = try call.tensor("x", &graph)
            let sources = try call.axes("source", of: graph.shape(x)) ?? []
            let places = try call.axes("destination", of: graph.shape(x)) ?? []
            guard sources.count == places.count else {
                throw call.fault("destination", "each axis that moves has one place to go to")
            }
            var order = (0..<graph.shape(x).rank).filter { !sources.contains($0) }
            for (place, source) in zip(places, sources).sorted(by: { $0.0 < $1.0 }) {
                order.insert(source, at: place)
            }
            return try graph.transpose(x, to: order)
        },
        ExpressionFunction("outer", ["x1", "x2"]) { graph, call in
            let x = try graph.flatten(call.tensor("x1", &graph))
            let y = try graph.flatten(call.tensor("x2", &graph))
            return try graph.binary(
                .multiply, try graph.expandDimensions(x, axis: 1), try graph.expandDimensions(y, axis: 0))
        },
        ExpressionFunction("flip", ["x", .axis]) { graph, call in
            let x = try call.tensor("x", &graph)
            return try graph.flip(x, axes: call.axes("axis", of: graph.shape(x)))
        },
        ExpressionFunction("concatenate", ["xs", .optional("axis", 0)]) { graph, call in
            let parts = try call.tensors("xs", &graph)
            return try graph.concatenate(parts, axis: call.requiredAxis("axis", of: graph.shape(parts[0])))
        },
        ExpressionFunction("stack", ["x", .optional("axis", 0)]) { graph, call in
            let parts = try call.tensors("x", &graph)
            let shape = graph.shape(parts[0])
            let axis = try call.requiredAxis("axis", of: shape, count: shape.rank + 1)
            let layers = try parts.map { part in
                guard graph.shape(part) == shape else {
                    throw call.fault("x", "the tensors differ in shape: \(shape) and \(graph.shape(part))")
                }
                return try graph.expandDimensions(part, axis: axis)
            }
            return try graph.concatenate(layers, axis: axis)
        },
        ExpressionFunction("matmul", ["x1", "x2"]) { graph, call in
            try graph.matmul(call.tensor("x1", &graph), call.tensor("x2", &graph))
        },
        ExpressionFunction("dot", ["x1", "x2"]) { graph, call in
            let (x, y) = (try call.tensor("x1", &graph), try call.tensor("x2", &graph))
            if graph.shape(x).rank == 0 || graph.shape(y).rank == 0 {
                return try graph.binary(.multiply, x, y)
            }
            guard graph.shape(y).rank <= 2 else {
                throw call.fault("x2", "at most two axes are supported here; matmul multiplies groups")
            }
            return try graph.matmul(x, y)
        },
        ExpressionFunction(
            "one_hot", ["x", "num_classes", .lastAxis, .optional("dtype")]
        ) { graph, call in
            let codes = try graph.oneHot(
                graph.cast(call.tensor("x", &graph), to: .integer), count: call.integer("num_classes"))
            let rank = graph.shape(codes).rank
            var order = Array(0..<rank - 1)
            order.insert(rank - 1, at: try call.requiredAxis("axis", of: graph.shape(codes)))
            let placed = try graph.transpose(codes, to: order)
            return call.isNone("dtype") ? placed : try graph.cast(placed, to: call.kind("dtype"))
        },
    ]
}

extension ExpressionGraph {
    /// The same elements under the extents given, of which one may be open.
    fileprivate mutating func reshape(_ x: Int, toExtents wanted: [ExpressionExtent?]) throws -> Int {
        let source = shape(x)
        let text = wanted.map { $0?.description ?? "-1" }.joined(separator: ", ")
        let mismatch = ExpressionFault("the shape \(source) does not become (\(text))")
        guard let volume = source.volume, volume.power <= 1 else { throw mismatch }
        let product = try product(of: wanted.compactMap(\.self))
        let growth = product.isFixed ? 0 : 1
        guard growth <= volume.power else { throw mismatch }
        guard wanted.contains(nil) || growth == volume.power else {
            throw ExpressionFault("\(mismatch.message); write -1 for the axis that grows with the batch")
        }
        let (known, rest) = (product.fixed + product.perRow, volume.factor)
        guard known > 0, rest.isMultiple(of: known), wanted.contains(nil) || rest == known else {
            throw mismatch
        }
        let free =
            volume.power == growth
            ? ExpressionExtent(fixed: rest / known) : ExpressionExtent(perRow: rest / known)
        return try reshape(x, to: ExpressionShape(wanted.map { $0 ?? free }))
    }

    /// The elements in reverse along some axes, or all if nil.
    mutating func flip(_ x: Int, axes: [Int]?) throws -> Int {
        var view = ExpressionView()
        for axis in 0..<shape(x).rank {
            let isReversed = axes?.contains(axis) ?? true
            view.sourceAxis[axis] = axis
            view.step[axis] = isReversed ? -1 : 1
            view.start[axis] = isReversed ? -1 : 0
        }
        return try add(.view(view), [x], shape: shape(x), kind: kind(x))
    }

    /// Several arrays, one behind the other along an axis.
    mutating func concatenate(_ parts: [Int], axis: Int) throws -> Int {
        var result = parts[0]
        for part in parts.dropFirst() { result = try concatenate(result, part, axis: axis) }
        return result
    }
}
