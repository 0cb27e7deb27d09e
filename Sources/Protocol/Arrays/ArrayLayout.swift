/// How an array's elements lie in bytes.
public struct ArrayLayout: Sendable, Hashable {
    /// The elements' type.
    public let dtype: DType
    /// The sizes of the dimensions, outermost first; empty for a scalar.
    public let shape: [Int]
    /// Whether an element's most significant byte comes first.
    public let bigEndian: Bool
    /// Whether the first dimension varies fastest; the last one does otherwise.
    public let fortranOrder: Bool
    /// The product of the shape.
    public let elementCount: Int
    /// Bytes that all elements take.
    public let byteCount: Int

    /// The most dimensions an array may have, as in NumPy 2.
    public static let maximumRank = 64

    /// A layout; little-endian C order is the canonical one.
    /// - Throws: `.malformed` for a negative size, more than 64 dimensions, or more bytes than 63 bits count.
    ///   Dimensions of size 0 are passed over when counting, as NumPy does: (0, 2⁶²) is refused.
    public init(
        dtype: DType, shape: [Int], bigEndian: Bool = false, fortranOrder: Bool = false
    ) throws(Problem) {
        guard shape.count <= Self.maximumRank else {
            throw Problem(
                .malformed,
                "The array has \(shape.count) dimensions; at most \(Self.maximumRank) are possible.")
        }
        var bytes = dtype.size
        for size in shape {
            guard size >= 0 else {
                throw Problem(.malformed, "The shape \(shape) has a negative size.")
            }
            let (product, overflowed) = bytes.multipliedReportingOverflow(by: max(size, 1))
            guard !overflowed else {
                throw Problem(.malformed, "An array of shape \(shape) is too big to address.")
            }
            bytes = product
        }
        self.dtype = dtype
        self.shape = shape
        self.bigEndian = bigEndian
        self.fortranOrder = fortranOrder
        byteCount = shape.contains(0) ? 0 : bytes
        elementCount = byteCount / dtype.size
    }

    /// Whether the bytes may be taken as they are for little-endian C order. Booleans may not: what is not 0
    /// has to become 1.
    var isCanonical: Bool {
        dtype != .bool && !(bigEndian && dtype.size > 1) && !isTransposed
    }

    /// Whether Fortran order differs from C order here.
    var isTransposed: Bool {
        fortranOrder && shape.count { $0 > 1 } > 1
    }
}
