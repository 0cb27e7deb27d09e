/// The element type of an array, named as NumPy names it.
public enum DType: String, Sendable, Hashable, CaseIterable {
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

    /// Whether elements are floating-point numbers.
    public var isFloating: Bool {
        switch self {
        case .float16, .float32, .float64: true
        default: false
        }
    }
}
