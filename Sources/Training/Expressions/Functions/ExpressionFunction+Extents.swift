extension ExpressionFunction {
    /// Functions that tell the extents of a tensor.
    static let extents: [ExpressionFunction] =
        ["shape", "int_shape"].map { name in
            ExpressionFunction(
                name, ["x"], value: { graph, call in try graph.extents(of: call.tensor("x", &graph)) })
        } + [
            ExpressionFunction(
                "size", ["x"],
                value: { graph, call in
                    let x = try call.tensor("x", &graph)
                    return try graph.value(of: graph.product(of: graph.shape(x).extents))
                })
        ]
}

extension ExpressionGraph {
    /// The extents of a tensor as a tuple.
    mutating func extents(of x: Int) throws -> ExpressionValue {
        .sequence(try shape(x).extents.map { try value(of: $0) })
    }

    /// An extent: a number, or a tensor of one where it grows with the batch.
    fileprivate mutating func value(of extent: ExpressionExtent) throws -> ExpressionValue {
        guard !extent.isFixed else { return .number(.integer(extent.fixed)) }
        let ones = try broadcast(try constant([1], kind: .integer), to: ExpressionShape([extent]))
        let node = try reduce(.sum, ones, axes: nil)
        extents[node] = extent
        return .tensor(node)
    }

    /// The extent that a value stands for; nil if it stands for none.
    private func extent(_ value: ExpressionValue) -> ExpressionExtent? {
        switch value {
        case .number(.integer(let number)) where number > 0: ExpressionExtent(fixed: number)
        case .tensor(let node): extents[node]
        default: nil
        }
    }

    /// The extents that a number or a tuple stands for, nil in the place of a -1; nil if it is no shape.
    fileprivate func extents(_ value: ExpressionValue) -> [ExpressionExtent?]? {
        let values = if case .sequence(let values) = value { values } else { [value] }
        var found: [ExpressionExtent?] = []
        for value in values {
            if case .number(.integer(-1)) = value {
                found.append(nil)
            } else if let extent = extent(value) {
                found.append(extent)
            } else {
                return nil
            }
        }
        return found
    }
}

extension ExpressionCall {
    /// An argument that is a shape, in which nil stands for one -1.
    func openShape(_ name: String, _ graph: ExpressionGraph) throws -> [ExpressionExtent?] {
        guard let extents = graph.extents(self[name]), extents.count(where: { $0 == nil }) <= 1 else {
            throw fault(name, "a shape is a tuple of whole numbers, of which one may be -1")
        }
        return extents
    }

    /// An argument that is a shape.
    func shape(_ name: String, _ graph: inout ExpressionGraph) throws -> ExpressionShape {
        guard let extents = graph.extents(self[name])?.compactMap(\.self),
            extents.count == graph.extents(self[name])?.count
        else { throw fault(name, "a shape is a tuple of whole numbers above 0") }
        return try ExpressionShape(extents)
    }
}
