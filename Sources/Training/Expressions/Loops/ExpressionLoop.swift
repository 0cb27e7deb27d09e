/// How a step walks through memory for a batch of a known size.
///
/// Elementwise steps and views walk along up to eight axes, neighbouring ones run together; the last is the
/// row. Reductions walk as `outer × length × inner`.
struct ExpressionLoop {
    /// The elements of the result.
    var count = 0
    /// The number of axes, at least 1, and their extents.
    var rank = 1
    var extents = SIMD8<Int>(repeating: 1)
    /// How far each operand moves along each axis.
    var firstStrides = SIMD8<Int>(repeating: 0)
    var secondStrides = SIMD8<Int>(repeating: 0)
    /// Where the first operand starts.
    var offset = 0
    /// The extents of a reduction, a scan, a matrix product (m, k, n) or a concatenation.
    var outer = 1
    var length = 1
    var inner = 1

    /// The walk of a step that was not prepared yet: no element.
    init() {}

    /// The walk of a step over operands of the shapes given.
    init(
        _ instruction: ExpressionInstruction, first: ExpressionShape, second: ExpressionShape, rows: Int
    ) {
        let shape = instruction.shape
        let target = shape.extents(rows: rows)
        count = Self.product(target, 0..<shape.rank)
        switch instruction.operation {
        case .input, .constant, .unary, .alias, .select: break
        case .binary:
            walk(
                target, rank: shape.rank, Self.broadcastStrides(first, to: shape, rows: rows),
                Self.broadcastStrides(second, to: shape, rows: rows))
        case .reduce(_, let start, let end), .softmax(_, let start, let end):
            split(first.extents(rows: rows), rank: first.rank, at: start, end)
        case .cumulativeSum(let axis), .concatenate(let axis):
            split(first.extents(rows: rows), rank: first.rank, at: axis, axis + 1)
        case .view(let view): walk(view, target, rank: shape.rank, source: first, rows: rows)
        case .oneHot:
            length = target[shape.rank - 1]
            outer = Self.product(target, 0..<shape.rank - 1)
        case .matmul:
            // A plain matrix on the right serves all groups: they are then further rows.
            let groups = second.rank == 2 ? 0..<0 : 0..<shape.rank - 2
            extents[0] = Self.product(target, groups)
            outer = Self.product(target, groups.count..<shape.rank - 1)
            inner = target[shape.rank - 1]
            length = first.extents(rows: rows)[first.rank - 1]
        }
    }

    private static func product(_ extents: SIMD8<Int>, _ axes: Range<Int>) -> Int {
        var product = 1
        for axis in axes { product *= extents[axis] }
        return product
    }

    private mutating func split(_ extents: SIMD8<Int>, rank: Int, at start: Int, _ end: Int) {
        outer = Self.product(extents, 0..<start)
        length = Self.product(extents, start..<end)
        inner = Self.product(extents, end..<rank)
    }

    /// The strides of an array in C order.
    private static func strides(_ extents: SIMD8<Int>, rank: Int) -> SIMD8<Int> {
        var strides = SIMD8<Int>(repeating: 0)
        var next = 1
        for axis in (0..<rank).reversed() {
            strides[axis] = next
            next *= extents[axis]
        }
        return strides
    }

    private static func broadcastStrides(
        _ source: ExpressionShape, to target: ExpressionShape, rows: Int
    ) -> SIMD8<Int> {
        let extents = source.extents(rows: rows)
        let plain = strides(extents, rank: source.rank)
        let shift = target.rank - source.rank
        var result = SIMD8<Int>(repeating: 0)
        for axis in 0..<source.rank where source[axis] == target[axis + shift] {
            result[axis + shift] = plain[axis]
        }
        return result
    }

    /// Drops axes of extent 1 and joins neighbours that both operands pass without a jump.
    private mutating func walk(_ target: SIMD8<Int>, rank: Int, _ first: SIMD8<Int>, _ second: SIMD8<Int>) {
        var used = 0
        for axis in 0..<rank where target[axis] != 1 {
            let last = used - 1
            if used > 0, firstStrides[last] == first[axis] * target[axis],
                secondStrides[last] == second[axis] * target[axis]
            {
                extents[last] *= target[axis]
                firstStrides[last] = first[axis]
                secondStrides[last] = second[axis]
            } else {
                extents[used] = target[axis]
                firstStrides[used] = first[axis]
                secondStrides[used] = second[axis]
                used += 1
            }
        }
        self.rank = max(used, 1)
    }

    private mutating func walk(
        _ view: ExpressionView, _ target: SIMD8<Int>, rank: Int, source: ExpressionShape, rows: Int
    ) {
        let extents = source.extents(rows: rows)
        let plain = Self.strides(extents, rank: source.rank)
        var moved = SIMD8<Int>(repeating: 0)
        for axis in 0..<rank where view.sourceAxis[axis] >= 0 {
            moved[axis] = plain[view.sourceAxis[axis]] * view.step[axis]
        }
        for axis in 0..<source.rank {
            let start = view.start[axis]
            offset += (start < 0 ? start + extents[axis] : start) * plain[axis]
        }
        walk(target, rank: rank, moved, SIMD8<Int>(repeating: 0))
    }

    /// Calls `row` with the operands' and the result's offset of each row.
    @inline(__always)
    func forEachRow(_ row: (_ first: Int, _ second: Int, _ result: Int) -> Void) {
        var place = SIMD8<Int>(repeating: 0)
        var (first, second, result) = (offset, 0, 0)
        let width = extents[rank - 1]
        while true {
            row(first, second, result)
            result &+= width
            var axis = rank - 2
            while axis >= 0 {
                place[axis] &+= 1
                first &+= firstStrides[axis]
                second &+= secondStrides[axis]
                if place[axis] < extents[axis] { break }
                first &-= firstStrides[axis] &* extents[axis]
                second &-= secondStrides[axis] &* extents[axis]
                place[axis] = 0
                axis -= 1
            }
            if axis < 0 { return }
        }
    }
}
