/// Reads the dictionary of a `.npy` header by a fixed grammar: the keys `descr`, `fortran_order` and `shape`,
/// each once, in any order, with a quoted string, `True` or `False`, and a tuple of decimal integers.
struct NPYHeaderParser {
    let bytes: UnsafeRawBufferPointer
    var position = 0

    private var descriptor: String?
    private var fortranOrder: Bool?
    private var shape: [Int]?

    init(bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

    mutating func layout() throws(Problem) -> ArrayLayout {
        try expect("{")
        while !accept("}") {
            try entry()
            guard accept(",") else {
                try expect("}")
                break
            }
        }
        skipSpace()
        guard position == bytes.count else { throw unexpected("the header's end") }
        guard let descriptor, let fortranOrder, let shape else {
            throw NPYHeader.malformed("its header lacks one of 'descr', 'fortran_order' and 'shape'")
        }
        let (dtype, bigEndian) = try NPYDescriptor.parse(descriptor)
        return try ArrayLayout(
            dtype: dtype, shape: shape, bigEndian: bigEndian, fortranOrder: fortranOrder)
    }

    private mutating func entry() throws(Problem) {
        let key = try string()
        try expect(":")
        switch key {
        case "descr" where descriptor == nil:
            if accept("[") { throw NPYDescriptor.structured }
            descriptor = try string()
        case "fortran_order" where fortranOrder == nil: fortranOrder = try boolean()
        case "shape" where shape == nil: shape = try tuple()
        default: throw NPYHeader.malformed("its header has an unexpected or repeated key '\(key.prefix(40))'")
        }
    }

    private mutating func string() throws(Problem) -> String {
        skipSpace()
        let quote = next
        guard quote == UInt8(ascii: "'") || quote == UInt8(ascii: "\"") else { throw unexpected("a quote") }
        position += 1
        let start = position
        while next != quote {
            guard (0x20..<0x7F).contains(next), next != UInt8(ascii: "\\") else {
                throw unexpected("a plain character")
            }
            position += 1
        }
        defer { position += 1 }
        return String(decoding: bytes[start..<position], as: UTF8.self)
    }

    private mutating func boolean() throws(Problem) -> Bool {
        skipSpace()
        for (word, value) in [("True", true), ("False", false)]
        where bytes[position...].starts(with: word.utf8) {
            position += word.utf8.count
            return value
        }
        throw unexpected("True or False")
    }

    private mutating func tuple() throws(Problem) -> [Int] {
        try expect("(")
        var sizes: [Int] = []
        while !accept(")") {
            sizes.append(try integer())
            guard sizes.count <= ArrayLayout.maximumRank else {
                throw NPYHeader.malformed("its shape has more than \(ArrayLayout.maximumRank) dimensions")
            }
            if accept(",") { continue }
            // Python reads (3) as a number; a tuple of one has a comma.
            guard sizes.count > 1 else { throw unexpected("','") }
            try expect(")")
            break
        }
        return sizes
    }

    private mutating func integer() throws(Problem) -> Int {
        skipSpace()
        let start = position
        while (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(next) { position += 1 }
        let digits = bytes[start..<position]
        guard !digits.isEmpty else { throw unexpected("a size") }
        guard digits.count == 1 || digits.first != UInt8(ascii: "0"), digits.count <= 19,
            let size = Int(String(decoding: digits, as: UTF8.self))
        else {
            throw NPYHeader.malformed("a size in its shape is too big or begins with 0")
        }
        return size
    }

    private var next: UInt8 { position < bytes.count ? bytes[position] : 0 }

    private mutating func skipSpace() {
        while next == 0x20 || next == 0x0A { position += 1 }
    }

    private mutating func accept(_ character: Unicode.Scalar) -> Bool {
        skipSpace()
        guard next == UInt8(ascii: character) else { return false }
        position += 1
        return true
    }

    private mutating func expect(_ character: Unicode.Scalar) throws(Problem) {
        guard accept(character) else { throw unexpected("'\(character)'") }
    }

    private func unexpected(_ expected: String) -> Problem {
        NPYHeader.malformed("\(expected) expected at byte \(position) of the header's text")
    }
}
