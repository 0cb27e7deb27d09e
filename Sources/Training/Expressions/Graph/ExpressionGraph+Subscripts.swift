extension ExpressionGraph {
    /// NumPy's basic indexing: whole numbers, slices, `...` and None.
    mutating func subscripted(
        _ x: Int, by indices: [(value: ExpressionValue, range: Range<Int>)]
    ) throws -> Int {
        let shape = shape(x)
        let items = try expandEllipsis(indices, rank: shape.rank)
        var view = ExpressionView()
        var extents: [ExpressionExtent] = []
        var axis = 0
        for item in items {
            do {
                if case .none = item.value {
                    guard extents.count < ExpressionShape.maximumRank else { throw tooManyAxes }
                    extents.append(.one)
                    continue
                }
                let (start, step, extent) = try selection(item.value, of: shape[axis], axis: axis)
                view.start[axis] = start
                if let extent {
                    guard extents.count < ExpressionShape.maximumRank else { throw tooManyAxes }
                    view.sourceAxis[extents.count] = axis
                    view.step[extents.count] = step
                    extents.append(extent)
                }
                axis += 1
            } catch let fault as ExpressionFault {
                throw fault.placed(at: item.range)
            }
        }
        let result = try ExpressionShape(extents)
        return try add(.view(view), [x], shape: result, kind: kind(x))
    }

    private var tooManyAxes: ExpressionFault {
        ExpressionFault("a tensor has at most \(ExpressionShape.maximumRank) axes")
    }

    /// The indices with one for each axis, `...` replaced by as many `:` as are missing.
    private func expandEllipsis(
        _ indices: [(value: ExpressionValue, range: Range<Int>)], rank: Int
    ) throws -> [(value: ExpressionValue, range: Range<Int>)] {
        var items = indices
        var used = 0
        var ellipses: [Int] = []
        for (place, item) in items.enumerated() {
            switch item.value {
            case .none: break
            case .ellipsis: ellipses.append(place)
            default: used += 1
            }
        }
        guard ellipses.count <= 1 else {
            throw ExpressionFault("'...' stands once in a subscript", at: items[ellipses[1]].range)
        }
        guard used <= rank else {
            throw ExpressionFault("\(used) indices are too many for a tensor of \(rank) axes")
        }
        let place = ellipses.first ?? items.count
        let whole = ExpressionValue.slice(start: nil, stop: nil, step: nil)
        let fill = Array(repeating: (value: whole, range: 0..<0), count: rank - used)
        items.replaceSubrange(place..<min(place + ellipses.count, items.count), with: fill)
        return items
    }

    /// Where an index starts, how it steps, and how many elements it takes; no extent drops the axis.
    private func selection(
        _ value: ExpressionValue, of extent: ExpressionExtent, axis: Int
    ) throws -> (start: Int, step: Int, extent: ExpressionExtent?) {
        switch value {
        case .number(.integer(let index)):
            guard extent.isFixed ? index >= -extent.fixed && index < extent.fixed : index == 0 || index == -1
            else {
                throw ExpressionFault(
                    extent.isFixed
                        ? "the index \(index) is outside of axis \(axis), whose extent is \(extent)"
                        : "the batch is indexed by 0, -1 or ':' only, for its last one may be short")
            }
            return (index, 0, nil)
        case .slice(let start, let stop, let step):
            let step = step ?? 1
            guard step != 0, step != .min else { throw ExpressionFault("a slice does not step by \(step)") }
            guard extent.isFixed else {
                guard start == nil || (start == 0 && step > 0), stop == nil, abs(step) == 1 else {
                    throw ExpressionFault("the batch is taken whole, by ':' or '::-1'")
                }
                return (step > 0 ? 0 : -1, step, extent)
            }
            return try slice(start, stop, step, of: extent.fixed)
        default:
            throw ExpressionFault("an index is a whole number, a slice, '...' or None; where() selects")
        }
    }

    /// Python's rules for `start:stop:step`.
    private func slice(
        _ start: Int?, _ stop: Int?, _ step: Int, of extent: Int
    ) throws -> (start: Int, step: Int, extent: ExpressionExtent?) {
        let (low, high) = step > 0 ? (0, extent) : (-1, extent - 1)
        func place(_ bound: Int?, _ fallback: Int) -> Int {
            guard let bound else { return fallback }
            return min(max(bound < 0 ? bound + extent : bound, low), high)
        }
        let first = place(start, step > 0 ? low : high)
        let end = place(stop, step > 0 ? high : low)
        let distance = step > 0 ? end - first : first - end
        guard distance > 0 else { throw ExpressionFault("this slice takes nothing of \(extent) elements") }
        let count = (distance - 1) / abs(step) + 1
        // A step is only taken when there is a second element, so it stays within the extent.
        return (first, count == 1 ? 1 : step, ExpressionExtent(fixed: count))
    }
}
