/// The products of a convolution, which read windows where they lie in the input: element e of window w is
/// `x[windows[w] + elements[e]]`. Nothing is laid out but the matrix that is multiplied with, and each result is
/// summed in the order of its depth, however windows are cut into ranges.

/// `C[i, j] = Σ_k a[rows[i] + depths[k]] · B[k, j]`: a convolution, where rows are windows and depths their elements,
/// or its gradient by the kernel, where it is the other way round.
///
/// - `rows`: where `count` rows begin.
/// - `panels`: what `matrix` has laid out of B.
/// - `leadingC`: floats from one row of C to the next.
/// - `accumulate`: whether the product is added to what C holds.
/// - `bias`: a value for each column, added to C; none if nil.
/// - `activation`: applied to what C then holds.
public func multiplyWindows(
    _ a: UnsafePointer<Float>, rows: UnsafePointer<Int>, count: Int, depths: UnsafePointer<Int>,
    by matrix: PackedMatrix, _ panels: UnsafePointer<Float>, to c: UnsafeMutablePointer<Float>, leadingC: Int,
    accumulate: Bool = false, bias: UnsafePointer<Float>? = nil, activation: ActivationKind = .linear
) {
    let output = Output(
        c: c, leading: leadingC, accumulate: accumulate, bias: bias, activation: activation)
    forEachPanel(matrix, panels) { split, b in
        let finish = split.finish(output, accumulate: accumulate, isLast: true)
        forEachTile(count) { row, height in
            let place = c + row * leadingC + split.left
            if split.isWide {
                gatherTile(height, Wide.self, a, rows + row, depths, b, to: place, leadingC, finish)
            } else {
                gatherTile(height, Narrow.self, a, rows + row, depths, b, to: place, leadingC, finish)
            }
        }
    }
    output.activate(rows: 0..<count, columns: 0..<matrix.columns)
}

/// `c[rows[i] + j] += Σ_k A[i, k] · B[k, j]`: the gradient of a convolution by one place of each window. The rows' places
/// must not overlap.
///
/// - `leadingA`: floats from one row of A to the next.
/// - `rows`: where `count` rows of the result begin.
/// - `panels`: what `matrix` has laid out of B.
public func addToWindows(
    _ a: UnsafePointer<Float>, leadingA: Int, rows: UnsafePointer<Int>, count: Int,
    by matrix: PackedMatrix, _ panels: UnsafePointer<Float>, to c: UnsafeMutablePointer<Float>
) {
    let output = Output(c: c, leading: 0, accumulate: true, bias: nil, activation: .linear)
    forEachPanel(matrix, panels) { split, b in
        let finish = split.finish(output, accumulate: true, isLast: true)
        forEachTile(count) { row, height in
            let (source, place) = (a + row * leadingA, c + split.left)
            if split.isWide {
                scatterTile(height, Wide.self, source, leadingA, b, to: place, rows + row, finish)
            } else {
                scatterTile(height, Narrow.self, source, leadingA, b, to: place, rows + row, finish)
            }
        }
    }
}

@inline(__always)
private func forEachPanel(
    _ matrix: PackedMatrix, _ panels: UnsafePointer<Float>, _ body: (PanelColumns, BPanel) -> Void
) {
    for column in stride(from: 0, to: matrix.columns, by: TileSize.columns) {
        let width = min(TileSize.columns, matrix.columns - column)
        let panel = panels + column * matrix.depth
        body(
            PanelColumns(first: column, width: width, of: matrix.columns),
            BPanel(left: panel, right: panel + 8, step: TileSize.columns, depth: matrix.depth))
    }
}

/// Tiles of as even a height as can be.
@inline(__always)
private func forEachTile(_ rows: Int, _ body: (_ row: Int, _ height: Int) -> Void) {
    let tiles = (rows + TileSize.rows - 1) / TileSize.rows
    let (base, taller) = rows.quotientAndRemainder(dividingBy: max(tiles, 1))
    var row = 0
    for tile in 0..<tiles {
        let height = tile < taller ? base + 1 : base
        body(row, height)
        row += height
    }
}

@inline(__always)
private func gatherTile<Width: TileWidth>(
    _ height: Int, _: Width.Type, _ a: UnsafePointer<Float>, _ rows: UnsafePointer<Int>,
    _ depths: UnsafePointer<Int>, _ b: BPanel, to c: UnsafeMutablePointer<Float>, _ leading: Int,
    _ finish: TileFinish
) {
    switch height {
    case 6:
        Tile<SixRows, Width>(a: a, rows: rows, depths: depths, b: b).store(to: c, leading: leading, finish)
    case 5:
        Tile<FiveRows, Width>(a: a, rows: rows, depths: depths, b: b).store(to: c, leading: leading, finish)
    case 4:
        Tile<FourRows, Width>(a: a, rows: rows, depths: depths, b: b).store(to: c, leading: leading, finish)
    case 3:
        Tile<ThreeRows, Width>(a: a, rows: rows, depths: depths, b: b).store(to: c, leading: leading, finish)
    case 2:
        Tile<TwoRows, Width>(a: a, rows: rows, depths: depths, b: b).store(to: c, leading: leading, finish)
    default:
        Tile<OneRow, Width>(a: a, rows: rows, depths: depths, b: b).store(to: c, leading: leading, finish)
    }
}

@inline(__always)
private func scatterTile<Width: TileWidth>(
    _ height: Int, _: Width.Type, _ a: UnsafePointer<Float>, _ leading: Int, _ b: BPanel,
    to c: UnsafeMutablePointer<Float>, _ rows: UnsafePointer<Int>, _ finish: TileFinish
) {
    let layout = RowMajor(leading: leading)
    switch height {
    case 6: Tile<SixRows, Width>(a: a, layout: layout, b: b).store(to: c, rows: rows, finish)
    case 5: Tile<FiveRows, Width>(a: a, layout: layout, b: b).store(to: c, rows: rows, finish)
    case 4: Tile<FourRows, Width>(a: a, layout: layout, b: b).store(to: c, rows: rows, finish)
    case 3: Tile<ThreeRows, Width>(a: a, layout: layout, b: b).store(to: c, rows: rows, finish)
    case 2: Tile<TwoRows, Width>(a: a, layout: layout, b: b).store(to: c, rows: rows, finish)
    default: Tile<OneRow, Width>(a: a, layout: layout, b: b).store(to: c, rows: rows, finish)
    }
}

extension Tile {
    /// Adds an outer product for each depth, where rows and depths of A lie anywhere.
    @inline(__always)
    fileprivate init(
        a: UnsafePointer<Float>, rows: UnsafePointer<Int>, depths: UnsafePointer<Int>, b panel: BPanel
    ) {
        self.init()
        let a0 = a + rows[0]
        let a1 = Height.rows > 1 ? a + rows[1] : a
        let a2 = Height.rows > 2 ? a + rows[2] : a
        let a3 = Height.rows > 3 ? a + rows[3] : a
        let a4 = Height.rows > 4 ? a + rows[4] : a
        let a5 = Height.rows > 5 ? a + rows[5] : a
        for k in 0..<panel.depth {
            let left = Vector(at: panel.left + k * TileSize.columns)
            let b = (left, Width.isWide ? Vector(at: panel.right + k * TileSize.columns) : Vector())
            let depth = depths[k]
            row0.add(a0[depth], b)
            if Height.rows > 1 { row1.add(a1[depth], b) }
            if Height.rows > 2 { row2.add(a2[depth], b) }
            if Height.rows > 3 { row3.add(a3[depth], b) }
            if Height.rows > 4 { row4.add(a4[depth], b) }
            if Height.rows > 5 { row5.add(a5[depth], b) }
        }
    }

    /// Writes the tile's rows to where they belong.
    @inline(__always)
    fileprivate func store(to c: UnsafeMutablePointer<Float>, rows: UnsafePointer<Int>, _ finish: TileFinish)
    {
        row0.store(to: c + rows[0], finish)
        if Height.rows > 1 { row1.store(to: c + rows[1], finish) }
        if Height.rows > 2 { row2.store(to: c + rows[2], finish) }
        if Height.rows > 3 { row3.store(to: c + rows[3], finish) }
        if Height.rows > 4 { row4.store(to: c + rows[4], finish) }
        if Height.rows > 5 { row5.store(to: c + rows[5], finish) }
    }
}
