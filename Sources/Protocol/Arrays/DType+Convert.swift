/// A type to which elements of any dtype can be converted.
public protocol ArrayTarget: BinaryFloatingPoint & BitwiseCopyable & Sendable {}
extension Float: ArrayTarget {}
extension Double: ArrayTarget {}

extension DType {
    /// Converts little-endian elements of this type, wherever they lie, to floats or doubles, rounding to the
    /// nearest as NumPy's `astype` does. As many are converted as both buffers hold.
    public func convert<Target: ArrayTarget>(
        _ source: UnsafeRawBufferPointer, to target: UnsafeMutableBufferPointer<Target>
    ) {
        switch self {
        case .bool: fill(target, source.elements(UInt8.self)) { $0 == 0 ? 0 : 1 }
        case .int8: fill(target, source.elements(Int8.self)) { Target($0) }
        case .int16: fill(target, source.elements(Int16.self)) { Target($0) }
        case .int32: fill(target, source.elements(Int32.self)) { Target($0) }
        case .int64: fill(target, source.elements(Int64.self)) { Target($0) }
        case .uint8: fill(target, source.elements(UInt8.self)) { Target($0) }
        case .uint16: fill(target, source.elements(UInt16.self)) { Target($0) }
        case .uint32: fill(target, source.elements(UInt32.self)) { Target($0) }
        case .uint64: fill(target, source.elements(UInt64.self)) { Target($0) }
        case .float16: fill(target, source.elements(Float16.self)) { Target($0) }
        case .float32: fill(target, source.elements(Float.self)) { Target($0) }
        case .float64: fill(target, source.elements(Double.self)) { Target($0) }
        }
    }

    @inline(__always)
    private func fill<Source, Target>(
        _ target: UnsafeMutableBufferPointer<Target>, _ source: UnalignedElements<Source>,
        _ convert: (Source) -> Target
    ) {
        for index in 0..<min(target.count, source.count) {
            target.initializeElement(at: index, to: convert(source[index]))
        }
    }
}

/// Elements in memory that need not be aligned, as in a mapped file.
struct UnalignedElements<Element: BitwiseCopyable>: RandomAccessCollection {
    let bytes: UnsafeRawBufferPointer

    var startIndex: Int { 0 }
    var endIndex: Int { bytes.count / MemoryLayout<Element>.size }

    @inline(__always)
    subscript(index: Int) -> Element {
        bytes.loadUnaligned(fromByteOffset: index * MemoryLayout<Element>.size, as: Element.self)
    }
}

extension UnsafeRawBufferPointer {
    /// The bytes as elements of a type; what is left at the end is passed over.
    @inline(__always)
    func elements<Element: BitwiseCopyable>(_ type: Element.Type) -> UnalignedElements<Element> {
        UnalignedElements(bytes: self)
    }
}

extension JSONArrayWriter {
    /// Appends the next elements of an array in little-endian C order, as a mapped file holds them.
    public mutating func append(_ elements: UnsafeRawBufferPointer, of dtype: DType, to output: inout [UInt8])
    {
        switch dtype {
        case .bool: append(elements.elements(UInt8.self).lazy.map { $0 != 0 }, to: &output)
        case .int8: append(elements.elements(Int8.self), to: &output)
        case .int16: append(elements.elements(Int16.self), to: &output)
        case .int32: append(elements.elements(Int32.self), to: &output)
        case .int64: append(elements.elements(Int64.self), to: &output)
        case .uint8: append(elements.elements(UInt8.self), to: &output)
        case .uint16: append(elements.elements(UInt16.self), to: &output)
        case .uint32: append(elements.elements(UInt32.self), to: &output)
        case .uint64: append(elements.elements(UInt64.self), to: &output)
        case .float16: append(elements.elements(Float16.self), to: &output)
        case .float32: append(elements.elements(Float.self), to: &output)
        case .float64: append(elements.elements(Double.self), to: &output)
        }
    }
}
