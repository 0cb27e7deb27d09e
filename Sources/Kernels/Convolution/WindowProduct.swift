import Panels

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
    multiplyPanels(
        a, .windows(rows: rows, depths: depths), by: matrix, panels, output: output, rows: count)
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
    multiplyPanels(
        a, .rowsToWindows(leading: leadingA, rows: rows), by: matrix, panels, output: output, rows: count)
}

private func multiplyPanels(
    _ a: UnsafePointer<Float>, _ layout: Panel.Layout, by matrix: PackedMatrix,
    _ panels: UnsafePointer<Float>, output: Output, rows: Int
) {
    let product = matrix.product
    for column in stride(from: 0, to: matrix.columns, by: product.panelColumns) {
        PanelColumns(product, first: column, end: matrix.columns)
            .packed(
                panels + column * matrix.depth, product, depth: matrix.depth, a: a, layout: layout,
                output: output
            )
            .multiply(rows: rows, product.lanes)
    }
}
