import Kernels
import Protocol

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// An array that models train on, wherever it lies: elements in C order and in the processor's byte order.
public struct DataArray: Sendable {
    /// Its sizes, the samples first.
    public let shape: [Int]
    /// Its element type.
    public let dtype: DType
    /// Elements that a sample has.
    public let rowCount: Int
    private let base: Base
    private let owner: any AnyObject & Sendable

    /// A pointer to memory that nobody writes while the owner lives.
    private struct Base: @unchecked Sendable {  // the memory is read-only and the owner keeps it
        let pointer: UnsafeRawPointer
    }

    /// An array at `base`, kept alive by `owner`, whose size the caller has checked against the shape.
    public init(shape: [Int], dtype: DType, base: UnsafeRawPointer, owner: any AnyObject & Sendable) {
        self.shape = shape
        self.dtype = dtype
        rowCount = shape.dropFirst().reduce(1, *)
        self.base = Base(pointer: base)
        self.owner = owner
    }

    /// An array of numbers in memory.
    public init(shape: [Int], values: [Float]) {
        let owner = Buffer(values)
        self.init(shape: shape, dtype: .float32, base: owner.pointer, owner: owner)
    }

    /// Owns a copy of numbers.
    private final class Buffer: @unchecked Sendable {  // written once, before anybody else sees it
        let pointer: UnsafeRawPointer
        init(_ values: [Float]) {
            let copy = UnsafeMutablePointer<Float>.allocate(capacity: max(1, values.count))
            values.withUnsafeBufferPointer { source in
                if let base = source.baseAddress { copy.initialize(from: base, count: source.count) }
            }
            pointer = UnsafeRawPointer(copy)
        }
        deinit { pointer.deallocate() }
    }

    /// The number of samples.
    public var samples: Int { shape.first ?? 0 }

    /// The shape of a batch of `rows` samples.
    func batchShape(_ rows: Int) -> [Int] { [rows] + shape.dropFirst() }

    private var elementType: ElementType { ElementType(dtype) }

    /// Converts samples `start ..< start + rows` into `destination`.
    func read(from start: Int, rows: Int, to destination: UnsafeMutablePointer<Float>) {
        convert(
            from: base.pointer + start * rowCount * dtype.size, type: elementType, count: rows * rowCount,
            to: destination)
    }

    /// Converts the samples that `indices` names into `destination`.
    func gather(_ indices: UnsafePointer<Int>, rows: Int, to destination: UnsafeMutablePointer<Float>) {
        gatherRows(
            from: base.pointer, type: elementType, rowCount: rowCount, indices: indices, count: rows,
            to: destination)
    }

    /// Has samples read from the disk, where they are mapped from it, before they are asked for.
    func willNeed(_ samples: Range<Int>) {
        let sample = rowCount * dtype.size
        var place = samples.lowerBound * sample
        let end = samples.upperBound * sample
        while place < end {
            // Linux takes no more at a time than it reads ahead.
            let piece = min(end - place, 128 << 10)
            advise(place..<place + piece, MADV_WILLNEED)
            place += piece
        }
    }

    /// Has the samples read as they are asked for, with nothing around them.
    func isReadAtRandom() { advise(0..<size, MADV_RANDOM) }

    private func advise(_ bytes: Range<Int>, _ advice: Int32) {
        let first = base.pointer + bytes.lowerBound
        let page = UInt(getpagesize())
        let start = UnsafeRawPointer(bitPattern: UInt(bitPattern: first) / page * page) ?? first
        madvise(UnsafeMutableRawPointer(mutating: start), first - start + bytes.count, advice)
    }

    /// Bytes of all elements.
    package var size: Int { samples * rowCount * dtype.size }

    /// One element as a number.
    func value(at index: Int) -> Float {
        var result: Float = 0
        convert(from: base.pointer + index * dtype.size, type: elementType, count: 1, to: &result)
        return result
    }

    /// The same elements under another shape with as many.
    func reshaped(_ shape: [Int]) -> DataArray {
        DataArray(shape: shape, dtype: dtype, base: base.pointer, owner: owner)
    }

    /// Samples `range` as an array of its own over the same memory.
    func slice(_ range: Range<Int>) -> DataArray {
        DataArray(
            shape: [range.count] + shape.dropFirst(), dtype: dtype,
            base: base.pointer + range.lowerBound * rowCount * dtype.size, owner: owner)
    }
}

extension ElementType {
    init(_ dtype: DType) {
        self =
            switch dtype {
            case .bool: .bool
            case .int8: .int8
            case .int16: .int16
            case .int32: .int32
            case .int64: .int64
            case .uint8: .uint8
            case .uint16: .uint16
            case .uint32: .uint32
            case .uint64: .uint64
            case .float16: .float16
            case .float32: .float32
            case .float64: .float64
            }
    }
}
