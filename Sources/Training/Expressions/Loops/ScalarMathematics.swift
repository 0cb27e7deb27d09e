#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// The C library's functions of one element, under names that say what they are.
enum ScalarMathematics {
    /// xʸ in double precision.
    static func power(_ x: Double, _ y: Double) -> Double { pow(x, y) }

    /// The remainder that has the divisor's sign, as Python's `%`.
    static func floorRemainder(_ x: Double, _ y: Double) -> Double {
        let remainder = fmod(x, y)
        return remainder != 0 && (remainder < 0) != (y < 0) ? remainder + y : remainder
    }

    /// The remainder that has the divisor's sign, as TensorFlow's `floormod`.
    static func floorRemainder(_ x: Float, _ y: Float) -> Float {
        let remainder = fmodf(x, y)
        return remainder != 0 && (remainder < 0) != (y < 0) ? remainder + y : remainder
    }

    /// Functions of Python's `math` module and NumPy on single numbers, in double precision.
    static let ofPython: [String: @Sendable (Double) -> Double] = [
        "exp": { exp($0) }, "expm1": { expm1($0) }, "log": { log($0) }, "log1p": { log1p($0) },
        "log2": { log2($0) }, "log10": { log10($0) }, "sqrt": { $0.squareRoot() },
        "sin": { sin($0) }, "cos": { cos($0) }, "tan": { tan($0) }, "tanh": { tanh($0) },
        "sinh": { sinh($0) }, "cosh": { cosh($0) }, "erf": { erf($0) }, "fabs": { abs($0) },
        "floor": { floor($0) }, "ceil": { ceil($0) },
    ]
}
