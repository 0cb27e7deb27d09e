extension ExpressionGraph {
    /// The axes in another order.
    mutating func transpose(_ x: Int, to order: [Int]) throws -> Int {
        guard order != Array(0..<order.count) else { return x }
        var view = ExpressionView()
        for (axis, source) in order.enumerated() {
            view.sourceAxis[axis] = source
            view.step[axis] = 1
        }
        let shape = shape(x)
        return try add(.view(view), [x], shape: ExpressionShape(order.map { shape[$0] }), kind: kind(x))
    }

    /// The elements repeated along axes of extent 1 or missing in front.
    mutating func broadcast(_ x: Int, to shape: ExpressionShape) throws -> Int {
        let source = self.shape(x)
        guard source != shape else { return x }
        guard try source.rank <= shape.rank && ExpressionShape.broadcast(source, shape) == shape else {
            throw ExpressionFault("the shape \(source) does not broadcast to \(shape)")
        }
        var view = ExpressionView()
        for axis in 0..<source.rank {
            let target = axis + shape.rank - source.rank
            guard source[axis] == shape[target] else { continue }
            view.sourceAxis[target] = axis
            view.step[target] = 1
        }
        return try add(.view(view), [x], shape: shape, kind: kind(x))
    }

    /// All elements in one row.
    mutating func flatten(_ x: Int) throws -> Int {
        guard shape(x).rank != 1 else { return x }
        return try reshape(x, to: ExpressionShape([try product(of: shape(x).extents)]))
    }

    /// The extent of several axes run together.
    func product(of extents: [ExpressionExtent]) throws -> ExpressionExtent {
        var result = ExpressionExtent.one
        for extent in extents {
            guard result.isFixed || extent.isFixed else {
                throw ExpressionFault("two axes that both grow with the batch cannot become one")
            }
            let factor = result.isFixed ? result.fixed : extent.fixed
            let other = result.isFixed ? extent : result
            let (fixed, fixedOverflows) = other.fixed.multipliedReportingOverflow(by: factor)
            let (perRow, perRowOverflows) = other.perRow.multipliedReportingOverflow(by: factor)
            guard !fixedOverflows, !perRowOverflows else {
                throw ExpressionFault("the shape is too large")
            }
            result = ExpressionExtent(fixed: fixed, perRow: perRow)
        }
        return result
    }

    /// A new axis of extent 1 in front of `axis`.
    mutating func expandDimensions(_ x: Int, axis: Int) throws -> Int {
        var extents = shape(x).extents
        extents.insert(.one, at: axis)
        return try reshape(x, to: ExpressionShape(extents))
    }

    /// Two arrays, one behind the other along an axis.
    mutating func concatenate(_ x: Int, _ y: Int, axis: Int) throws -> Int {
        var extents = shape(x).extents
        let (a, b) = (shape(x), shape(y))
        guard a.rank == b.rank, (0..<a.rank).allSatisfy({ $0 == axis || a[$0] == b[$0] }),
            a[axis].isFixed == b[axis].isFixed
        else { throw ExpressionFault("the shapes \(a) and \(b) do not fit together along axis \(axis)") }
        let (fixed, fixedOverflows) = a[axis].fixed.addingReportingOverflow(b[axis].fixed)
        let (perRow, perRowOverflows) = a[axis].perRow.addingReportingOverflow(b[axis].perRow)
        guard !fixedOverflows, !perRowOverflows else { throw ExpressionFault("the shape is too large") }
        extents[axis] = ExpressionExtent(fixed: fixed, perRow: perRow)
        return try add(
            .concatenate(axis: axis), [x, y], shape: ExpressionShape(extents), kind: max(kind(x), kind(y)))
    }

    /// Matrix products with NumPy's rules for vectors and for groups of matrices.
    mutating func matmul(_ x: Int, _ y: Int) throws -> Int {
        let (a, b) = (shape(x), shape(y))
        guard a.rank > 0, b.rank > 0 else {
            throw ExpressionFault("matrix products need at least one axis; multiply numbers with *")
        }
        if a.rank == 1 {
            let product = try matmul(try expandDimensions(x, axis: 0), y)
            return try dropAxis(product, at: shape(product).rank - (b.rank == 1 ? 1 : 2))
        }
        if b.rank == 1 {
            let product = try matmul(x, try expandDimensions(y, axis: 1))
            return try dropAxis(product, at: shape(product).rank - 1)
        }
        guard a[a.rank - 1] == b[b.rank - 2] else {
            throw ExpressionFault(
                "a matrix product needs \(a[a.rank - 1]), the last extent of \(a), to equal "
                    + "\(b[b.rank - 2]), the last but one of \(b)")
        }
        let (rows, columns) = (a[a.rank - 2], b[b.rank - 1])
        let kind = max(kind(x), kind(y), .integer)
        if b.rank == 2 {
            let shape = try ExpressionShape(a.extents.dropLast() + [columns])
            return try add(.matmul, [x, y], shape: shape, kind: kind)
        }
        let groups = try ExpressionShape.broadcast(
            ExpressionShape(a.extents.dropLast(2)), ExpressionShape(b.extents.dropLast(2))
        ).extents
        let left = try broadcast(x, to: ExpressionShape(groups + [rows, a[a.rank - 1]]))
        let right = try broadcast(y, to: ExpressionShape(groups + [b[b.rank - 2], columns]))
        return try add(.matmul, [left, right], shape: ExpressionShape(groups + [rows, columns]), kind: kind)
    }

    private mutating func dropAxis(_ x: Int, at axis: Int) throws -> Int {
        var extents = shape(x).extents
        extents.remove(at: axis)
        return try reshape(x, to: ExpressionShape(extents))
    }
}
