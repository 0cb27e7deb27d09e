/// How the elements of a raw array are stored.
public enum ElementType: Sendable, Hashable, CaseIterable {
    case bool, int8, int16, int32, int64, uint8, uint16, uint32, uint64, float16, float32, float64

    /// Bytes an element takes.
    public var size: Int {
        switch self {
        case .bool, .int8, .uint8: 1
        case .int16, .uint16, .float16: 2
        case .int32, .uint32, .float32: 4
        case .int64, .uint64, .float64: 8
        }
    }
}

/// Turns `count` raw elements, which may lie at any address, into floats, each rounded to the nearest. A bool is 0
/// or 1.
///
/// - `bigEndian`: whether the most significant byte comes first.
/// - `strideBytes`: from one element to the next; the element's size if nil.
public func convert(
    from source: UnsafeRawPointer, type: ElementType, bigEndian: Bool = false, strideBytes: Int? = nil,
    count: Int, to target: UnsafeMutablePointer<Float>
) {
    if let strideBytes, strideBytes != type.size {
        for index in 0..<count {
            convertDense(source + index * strideBytes, type, bigEndian, count: 1, target + index)
        }
    } else {
        convertDense(source, type, bigEndian, count: count, target)
    }
}

/// Gathers rows of a raw row-major array as floats: row `indices[i]` becomes row i of `target`.
///
/// - `base`: where row 0 begins.
/// - `rowCount`: elements in a row.
public func gatherRows(
    from base: UnsafeRawPointer, type: ElementType, bigEndian: Bool = false, rowCount: Int,
    indices: UnsafePointer<Int>, count: Int, to target: UnsafeMutablePointer<Float>
) {
    let rowBytes = rowCount * type.size
    for index in 0..<count {
        convertDense(
            base + indices[index] * rowBytes, type, bigEndian, count: rowCount, target + index * rowCount)
    }
}

private func convertDense(
    _ source: UnsafeRawPointer, _ type: ElementType, _ bigEndian: Bool, count: Int,
    _ target: UnsafeMutablePointer<Float>
) {
    switch type {
    case .bool: convertBytes(source, count, target) { Float($0 == 0 ? 0 : 1) }
    case .uint8: convertBytes(source, count, target) { Float($0) }
    case .int8: convertBytes(source, count, target) { Float(Int8(truncatingIfNeeded: $0)) }
    case .uint16: convertIntegers(source, count, bigEndian, target) { (bits: UInt16) in Float(bits) }
    case .int16:
        convertIntegers(source, count, bigEndian, target) { (bits: UInt16) in Float(Int16(bitPattern: bits)) }
    case .uint32: convertIntegers(source, count, bigEndian, target) { (bits: UInt32) in Float(bits) }
    case .int32:
        convertIntegers(source, count, bigEndian, target) { (bits: UInt32) in Float(Int32(bitPattern: bits)) }
    case .uint64: convertIntegers(source, count, bigEndian, target) { (bits: UInt64) in Float(bits) }
    case .int64:
        convertIntegers(source, count, bigEndian, target) { (bits: UInt64) in Float(Int64(bitPattern: bits)) }
    case .float16: convertIntegers(source, count, bigEndian, target) { (bits: UInt16) in float(half: bits) }
    case .float32:
        if bigEndian {
            convertIntegers(source, count, true, target) { (bits: UInt32) in Float(bitPattern: bits) }
        } else {
            UnsafeMutableRawPointer(target).copyMemory(from: source, byteCount: 4 * count)
        }
    case .float64:
        convertIntegers(source, count, bigEndian, target) { (bits: UInt64) in Float(Double(bitPattern: bits))
        }
    }
}

@inline(__always)
private func convertBytes(
    _ source: UnsafeRawPointer, _ count: Int, _ target: UnsafeMutablePointer<Float>,
    _ function: (UInt8) -> Float
) {
    for index in 0..<count { target[index] = function(source.load(fromByteOffset: index, as: UInt8.self)) }
}

/// A loop for each byte order, so that the order is not asked for each element.
@inline(__always)
private func convertIntegers<Bits: FixedWidthInteger & BitwiseCopyable>(
    _ source: UnsafeRawPointer, _ count: Int, _ bigEndian: Bool, _ target: UnsafeMutablePointer<Float>,
    _ function: (Bits) -> Float
) {
    let size = MemoryLayout<Bits>.size
    if bigEndian {
        for index in 0..<count {
            let bits = source.loadUnaligned(fromByteOffset: index * size, as: Bits.self)
            target[index] = function(Bits(bigEndian: bits))
        }
    } else {
        for index in 0..<count {
            let bits = source.loadUnaligned(fromByteOffset: index * size, as: Bits.self)
            target[index] = function(Bits(littleEndian: bits))
        }
    }
}

/// The float that IEEE half-precision bits stand for, exactly; subnormals and NaN too.
@inline(__always)
private func float(half bits: UInt16) -> Float {
    let sign = UInt32(bits & 0x8000) << 16
    let magnitude = UInt32(bits & 0x7FFF) << 13
    // The exponent is moved by a product, which makes subnormals normal; infinity and NaN keep all ones.
    let scaled = Float(bitPattern: magnitude) * Float(bitPattern: 0x7780_0000)
    let special: UInt32 = bits & 0x7C00 == 0x7C00 ? 0x7F80_0000 : 0
    return Float(bitPattern: scaled.bitPattern | special | sign)
}
