/// An array in memory: little-endian elements in C order.
public struct NDArray: Sendable, Hashable {
    /// The elements' type.
    public let dtype: DType
    /// The sizes of the dimensions, outermost first; empty for a scalar.
    public let shape: [Int]
    /// The elements' bytes.
    public let bytes: [UInt8]

    /// The product of the shape.
    public var elementCount: Int { bytes.count / dtype.size }

    /// An array of bytes that are there already.
    /// - Throws: `.malformed` when the bytes are not as many as shape and dtype say.
    public init(dtype: DType, shape: [Int], bytes: [UInt8]) throws(Problem) {
        let layout = try ArrayLayout(dtype: dtype, shape: shape)
        guard bytes.count == layout.byteCount else {
            throw Problem(
                .malformed,
                "An array of shape \(shape) and dtype \(dtype.rawValue) takes \(layout.byteCount) bytes, "
                    + "not \(bytes.count).")
        }
        self.dtype = dtype
        self.shape = shape
        self.bytes = bytes
    }

    /// An array of float32.
    public init(_ values: [Float], shape: [Int]) throws(Problem) {
        try self.init(dtype: .float32, shape: shape, bytes: values.withUnsafeBytes { [UInt8]($0) })
    }

    /// An array of float64.
    public init(_ values: [Double], shape: [Int]) throws(Problem) {
        try self.init(dtype: .float64, shape: shape, bytes: values.withUnsafeBytes { [UInt8]($0) })
    }

    /// An array of int64.
    public init(_ values: [Int64], shape: [Int]) throws(Problem) {
        try self.init(dtype: .int64, shape: shape, bytes: values.withUnsafeBytes { [UInt8]($0) })
    }

    /// An array of bool.
    public init(_ values: [Bool], shape: [Int]) throws(Problem) {
        try self.init(dtype: .bool, shape: shape, bytes: values.map { $0 ? 1 : 0 })
    }

    /// The elements as float32, rounded as NumPy's `astype` rounds.
    public var floats: [Float] { converted() }

    /// The elements as float64.
    public var doubles: [Double] { converted() }

    private func converted<Target: ArrayTarget>() -> [Target] {
        Array(unsafeUninitializedCapacity: elementCount) { target, count in
            bytes.withUnsafeBytes {
                dtype.convert($0, to: UnsafeMutableBufferPointer(rebasing: target[..<elementCount]))
            }
            count = elementCount
        }
    }

    /// The elements as integers, or nil for floating-point elements and for integers beyond 63 bits.
    public var integers: [Int64]? {
        bytes.withUnsafeBytes { bytes in
            switch dtype {
            case .bool, .uint8: bytes.elements(UInt8.self).map(Int64.init)
            case .int8: bytes.elements(Int8.self).map(Int64.init)
            case .int16: bytes.elements(Int16.self).map(Int64.init)
            case .int32: bytes.elements(Int32.self).map(Int64.init)
            case .int64: Array(bytes.elements(Int64.self))
            case .uint16: bytes.elements(UInt16.self).map(Int64.init)
            case .uint32: bytes.elements(UInt32.self).map(Int64.init)
            case .uint64:
                bytes.elements(UInt64.self).contains { $0 > Int64.max }
                    ? nil : bytes.elements(UInt64.self).map { Int64(truncatingIfNeeded: $0) }
            case .float16, .float32, .float64: nil
            }
        }
    }

    /// The array as a `.npy` file, byte for byte as `numpy.save` writes it.
    public var npy: [UInt8] { NPYHeader.encoded(dtype: dtype, shape: shape) + bytes }

    /// Appends the array as nested JSON arrays.
    public func appendJSON(to output: inout [UInt8]) {
        var writer = JSONArrayWriter(shape: shape)
        bytes.withUnsafeBytes { writer.append($0, of: dtype, to: &output) }
        writer.finish(to: &output)
    }
}
