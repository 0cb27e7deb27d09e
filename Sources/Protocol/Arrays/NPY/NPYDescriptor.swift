/// NumPy's spelling of a dtype in a file: `<f4`, `|b1`.
enum NPYDescriptor {
    /// The spelling that NumPy writes for a little-endian array.
    static func text(_ dtype: DType) -> String {
        let kind =
            switch dtype {
            case .bool: "b"
            case .int8, .int16, .int32, .int64: "i"
            case .uint8, .uint16, .uint32, .uint64: "u"
            case .float16, .float32, .float64: "f"
            }
        return "\(dtype.size == 1 ? "|" : "<")\(kind)\(dtype.size)"
    }

    /// Reads a spelling.
    /// - Throws: `.unprocessable` for a dtype that is not accepted, saying what to do.
    static func parse(_ text: String) throws(Problem) -> (dtype: DType, bigEndian: Bool) {
        var rest = text[...]
        let order = rest.first.flatMap { "<>|=".contains($0) ? $0 : nil }
        if order != nil { rest.removeFirst() }
        guard let dtype = plain[String(rest)] else { throw refusal(text, kind: rest.first) }
        return (dtype, order == ">")
    }

    private static let plain: [String: DType] = [
        "b1": .bool, "i1": .int8, "i2": .int16, "i4": .int32, "i8": .int64, "u1": .uint8, "u2": .uint16,
        "u4": .uint32, "u8": .uint64, "f2": .float16, "f4": .float32, "f8": .float64,
    ]

    /// The answer to a structured dtype, which a header writes as a list of fields.
    static var structured: Problem {
        Problem(
            .unprocessable,
            "Structured dtypes are not accepted: save each field as an array of its own with numpy.savez.")
    }

    private static func refusal(_ text: String, kind: Character?) -> Problem {
        let advice =
            switch kind {
            case "O":
                "it holds pickled Python objects, which are never loaded; convert the array to numbers "
                    + "first, for example with x.astype('float32')"
            case "U", "S", "a", "T":
                "it holds text; turn it into integers first, for example with numpy.unique(x, return_inverse=True)"
            case "c": "it is complex; save x.real and x.imag as arrays of their own"
            case "M", "m": "it holds times; save numbers instead, for example x.astype('int64')"
            case "V": "it is raw or structured; save plain numbers, each field as an array of its own"
            case "f", "g": "save x.astype('float64') instead"
            default: "save it as one of bool, int8 to int64, uint8 to uint64, float16, float32, float64"
            }
        return Problem(.unprocessable, "The dtype '\(text.prefix(40))' is not accepted: \(advice).")
    }
}
