/// A block of C.
struct BlockRange {
    var rows: Range<Int>
    var columns: Range<Int>
    var isEmpty: Bool { rows.isEmpty || columns.isEmpty }
}

extension MatrixProduct {
    /// The block of C that a part computes: the parts form a grid.
    func range(part: Int, of parts: Int) -> BlockRange {
        if method == .vector {
            // The longer side is the one that is cut.
            let along = Self.slice(max(rows, columns), part, of: parts, unit: 16)
            return rows == 1
                ? BlockRange(rows: 0..<1, columns: along) : BlockRange(rows: along, columns: 0..<1)
        }
        let rowParts = self.rowParts(of: parts)
        let columnParts = parts / rowParts
        return BlockRange(
            rows: Self.slice(rows, part / columnParts, of: rowParts, unit: 1),
            columns: Self.slice(columns, part % columnParts, of: columnParts, unit: panelColumns))
    }

    /// How many rows of parts the grid has: the divisor of `parts` that leaves the largest part the least work,
    /// counting what each part packs for itself.
    private func rowParts(of parts: Int) -> Int {
        if parts == 1 { return 1 }
        var best = (divisor: 1, cost: Int.max)
        for divisor in 1...parts where parts % divisor == 0 {
            let height = Self.largest(rows, of: divisor, unit: 1)
            let width = Self.largest(columns, of: parts / divisor, unit: panelColumns)
            let cost = height * width + 4 * width + 2 * height
            if cost < best.cost { best = (divisor, cost) }
        }
        return best.divisor
    }

    /// The most that a slice holds.
    private static func largest(_ count: Int, of parts: Int, unit: Int) -> Int {
        let units = (count + unit - 1) / unit
        return min(count, (units + parts - 1) / parts * unit)
    }

    /// Slice `part` of `0..<count`, cut at multiples of `unit` as evenly as can be.
    static func slice(_ count: Int, _ part: Int, of parts: Int, unit: Int) -> Range<Int> {
        let units = (count + unit - 1) / unit
        let (base, extra) = units.quotientAndRemainder(dividingBy: parts)
        let first = part * base + min(part, extra)
        let last = first + base + (part < extra ? 1 : 0)
        return min(count, first * unit)..<min(count, last * unit)
    }
}
