import Kernels

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

extension ExpressionLoop {
    /// z = f(x, y), element by element, along a walk that broadcasts.
    func apply(
        _ function: BinaryFunction, _ x: UnsafePointer<Float>,
        _ y: UnsafePointer<Float>, into z: UnsafeMutablePointer<Float>
    ) {
        switch function {
        case .add: combine(self, x, y, z, Kernels.add) { $0 + $1 }
        case .subtract: combine(self, x, y, z, Kernels.subtract) { $0 - $1 }
        case .multiply: combine(self, x, y, z, Kernels.multiply) { $0 * $1 }
        case .divide: combine(self, x, y, z, Kernels.divide) { $0 / $1 }
        case .power: combine(self, x, y, z) { powf($0, $1) }
        case .maximum: combine(self, x, y, z, Kernels.maximum) { $0 > $1 || $0.isNaN ? $0 : $1 }
        case .minimum: combine(self, x, y, z, Kernels.minimum) { $0 < $1 || $0.isNaN ? $0 : $1 }
        case .remainder: combine(self, x, y, z) { ScalarMathematics.floorRemainder($0, $1) }
        case .arctan2: combine(self, x, y, z) { atan2f($0, $1) }
        case .floorDivide: combine(self, x, y, z) { ($0 / $1).rounded(.down) }
        case .equal: combine(self, x, y, z) { $0 == $1 ? 1 : 0 }
        case .notEqual: combine(self, x, y, z) { $0 != $1 ? 1 : 0 }
        case .less: combine(self, x, y, z) { $0 < $1 ? 1 : 0 }
        case .lessEqual: combine(self, x, y, z) { $0 <= $1 ? 1 : 0 }
        case .greater: combine(self, x, y, z) { $0 > $1 ? 1 : 0 }
        case .greaterEqual: combine(self, x, y, z) { $0 >= $1 ? 1 : 0 }
        case .logicalAnd: combine(self, x, y, z) { $0 != 0 && $1 != 0 ? 1 : 0 }
        case .logicalOr: combine(self, x, y, z) { $0 != 0 || $1 != 0 ? 1 : 0 }
        case .logicalXor: combine(self, x, y, z) { ($0 != 0) != ($1 != 0) ? 1 : 0 }
        }
    }

    /// d += g ∂f/∂x, summed over what was broadcast. Of equal operands, the first takes the gradient of
    /// maximum and minimum, as TensorFlow has it.
    func accumulateFirstSlope(
        of function: BinaryFunction, _ x: UnsafePointer<Float>,
        _ y: UnsafePointer<Float>, _ z: UnsafePointer<Float>, _ g: UnsafePointer<Float>,
        into d: UnsafeMutablePointer<Float>
    ) {
        switch function {
        case .add, .subtract, .remainder: addFirst(self, x, y, z, g, d) { _, _, _, g in g }
        case .multiply: addFirst(self, x, y, z, g, d) { _, y, _, g in g * y }
        case .divide: addFirst(self, x, y, z, g, d) { _, y, _, g in g / y }
        case .power: addFirst(self, x, y, z, g, d) { x, y, _, g in y == 0 ? 0 : g * y * powf(x, y - 1) }
        case .maximum: addFirst(self, x, y, z, g, d) { x, y, _, g in x >= y ? g : 0 }
        case .minimum: addFirst(self, x, y, z, g, d) { x, y, _, g in x <= y ? g : 0 }
        case .arctan2: addFirst(self, x, y, z, g, d) { x, y, _, g in g * y / (x * x + y * y) }
        case .floorDivide, .equal, .notEqual, .less, .lessEqual, .greater, .greaterEqual, .logicalAnd,
            .logicalOr, .logicalXor:
            break
        }
    }

    /// d += g ∂f/∂y, summed over what was broadcast.
    func accumulateSecondSlope(
        of function: BinaryFunction, _ x: UnsafePointer<Float>,
        _ y: UnsafePointer<Float>, _ z: UnsafePointer<Float>, _ g: UnsafePointer<Float>,
        into d: UnsafeMutablePointer<Float>
    ) {
        switch function {
        case .add: addSecond(self, x, y, z, g, d) { _, _, _, g in g }
        case .subtract: addSecond(self, x, y, z, g, d) { _, _, _, g in -g }
        case .multiply: addSecond(self, x, y, z, g, d) { x, _, _, g in g * x }
        case .divide: addSecond(self, x, y, z, g, d) { _, y, z, g in -g * z / y }
        case .power: addSecond(self, x, y, z, g, d) { x, _, z, g in x > 0 ? g * z * logf(x) : 0 }
        case .maximum: addSecond(self, x, y, z, g, d) { x, y, _, g in x >= y ? 0 : g }
        case .minimum: addSecond(self, x, y, z, g, d) { x, y, _, g in x <= y ? 0 : g }
        case .remainder: addSecond(self, x, y, z, g, d) { x, y, _, g in -g * (x / y).rounded(.down) }
        case .arctan2: addSecond(self, x, y, z, g, d) { x, y, _, g in -g * x / (x * x + y * y) }
        case .floorDivide, .equal, .notEqual, .less, .lessEqual, .greater, .greaterEqual, .logicalAnd,
            .logicalOr, .logicalXor:
            break
        }
    }
}

/// z = x ∘ y for rows of `count` elements.
private typealias RowFunction = (
    _ x: UnsafePointer<Float>, _ y: UnsafePointer<Float>, _ z: UnsafeMutablePointer<Float>, _ count: Int
) -> Void

/// Applies a function to each pair, by the kernel where both rows are full.
@inline(__always)
private func combine(
    _ loop: ExpressionLoop, _ x: UnsafePointer<Float>, _ y: UnsafePointer<Float>,
    _ z: UnsafeMutablePointer<Float>, _ kernel: RowFunction? = nil, _ function: (Float, Float) -> Float
) {
    let last = loop.rank - 1
    let (width, xStride, yStride) = (loop.extents[last], loop.firstStrides[last], loop.secondStrides[last])
    loop.forEachRow { first, second, result in
        let (x, y, z) = (x + first, y + second, z + result)
        if xStride == 1 && yStride == 1 {
            if let kernel { return kernel(x, y, z, width) }
            for index in 0..<width { z[index] = function(x[index], y[index]) }
        } else if yStride == 0 {
            let number = y.pointee
            for index in 0..<width { z[index] = function(x[index &* xStride], number) }
        } else {
            let number = x.pointee
            for index in 0..<width { z[index] = function(number, y[index]) }
        }
    }
}

private typealias Slope = (_ x: Float, _ y: Float, _ z: Float, _ g: Float) -> Float

@inline(__always)
private func addFirst(
    _ loop: ExpressionLoop, _ x: UnsafePointer<Float>, _ y: UnsafePointer<Float>,
    _ z: UnsafePointer<Float>, _ g: UnsafePointer<Float>, _ d: UnsafeMutablePointer<Float>, _ slope: Slope
) {
    let last = loop.rank - 1
    let (width, stride, other) = (loop.extents[last], loop.firstStrides[last], loop.secondStrides[last])
    loop.forEachRow { first, second, result in
        let row = (x: x + first, y: y + second, z: z + result, g: g + result)
        addRow(row, width, xStride: stride, yStride: other, d + first, stride: stride, slope)
    }
}

@inline(__always)
private func addSecond(
    _ loop: ExpressionLoop, _ x: UnsafePointer<Float>, _ y: UnsafePointer<Float>,
    _ z: UnsafePointer<Float>, _ g: UnsafePointer<Float>, _ d: UnsafeMutablePointer<Float>, _ slope: Slope
) {
    let last = loop.rank - 1
    let (width, other, stride) = (loop.extents[last], loop.firstStrides[last], loop.secondStrides[last])
    loop.forEachRow { first, second, result in
        let row = (x: x + first, y: y + second, z: z + result, g: g + result)
        addRow(row, width, xStride: other, yStride: stride, d + second, stride: stride, slope)
    }
}

private typealias Row = (
    x: UnsafePointer<Float>, y: UnsafePointer<Float>, z: UnsafePointer<Float>, g: UnsafePointer<Float>
)

/// Adds a row of slopes to a row, or their sum to the one element that was broadcast.
@inline(__always)
private func addRow(
    _ row: Row, _ width: Int, xStride: Int, yStride: Int, _ d: UnsafeMutablePointer<Float>, stride: Int,
    _ slope: Slope
) {
    if stride == 0 {
        var sum = 0.0
        for index in 0..<width {
            sum += Double(
                slope(row.x[index &* xStride], row.y[index &* yStride], row.z[index], row.g[index]))
        }
        d.pointee += Float(sum)
    } else if xStride == 1 && yStride == 1 {
        for index in 0..<width {
            d[index] += slope(row.x[index], row.y[index], row.z[index], row.g[index])
        }
    } else {
        for index in 0..<width {
            d[index] += slope(row.x[index &* xStride], row.y[index &* yStride], row.z[index], row.g[index])
        }
    }
}
