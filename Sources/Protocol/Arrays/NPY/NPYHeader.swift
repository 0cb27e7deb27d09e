/// The header of a `.npy` file, versions 1.0 to 3.0, as `numpy.lib.format` defines it.
public struct NPYHeader: Sendable, Hashable {
    /// What follows the header.
    public let layout: ArrayLayout
    /// Bytes from the file's start to the elements.
    public let dataOffset: Int

    /// The longest header read; what an array of numbers needs is far shorter.
    static let longest = 1 << 16

    /// Bytes of which `length(of:)` needs to know the header's length.
    static let preambleLength = 12

    /// Reads the header at the beginning of a file.
    /// - Throws: `.malformed` for anything that NumPy would not have written, `.unprocessable` for a dtype
    ///   that is not accepted. Nothing in a header is evaluated: it is held against a fixed grammar.
    public init(parsing file: UnsafeRawBufferPointer) throws(Problem) {
        let length = try Self.length(of: file)
        guard let header = file.slice(at: 0, count: length) else {
            throw Self.malformed("its header is cut short: \(length) bytes announced, \(file.count) there")
        }
        let start = file[6] == 1 ? 10 : 12
        var parser = NPYHeaderParser(bytes: UnsafeRawBufferPointer(rebasing: header[start...]))
        layout = try parser.layout()
        dataOffset = length
    }

    /// Bytes to the end of the header, read from the first bytes of a file.
    static func length(of prefix: UnsafeRawBufferPointer) throws(Problem) -> Int {
        guard prefix.starts(with: magic) else { throw malformed(#"it does not begin with \x93NUMPY"#) }
        guard prefix.count >= 8 else { throw malformed("it ends within its header") }
        let version = (prefix[6], prefix[7])
        let announced: Int?
        switch version {
        case (1, 0): announced = prefix.littleEndian(at: 8, as: UInt16.self).map { 10 + Int($0) }
        case (2, 0), (3, 0): announced = prefix.littleEndian(at: 8, as: UInt32.self).map { 12 + Int($0) }
        default: throw malformed("its version is \(version.0).\(version.1); 1.0, 2.0 and 3.0 are known")
        }
        guard let announced else { throw malformed("it ends within its header") }
        guard announced <= longest else {
            throw malformed("its header claims \(announced) bytes; at most \(longest) are read")
        }
        return announced
    }

    /// The header that NumPy writes before a little-endian C-order array: version 1.0, padded so that the
    /// elements begin at a multiple of 64 bytes.
    public static func encoded(dtype: DType, shape: [Int]) -> [UInt8] {
        let sizes = shape.map(String.init).joined(separator: ", ") + (shape.count == 1 ? "," : "")
        var text = "{'descr': '\(NPYDescriptor.text(dtype))', 'fortran_order': False, 'shape': (\(sizes)), }"
        // NumPy leaves room for the first dimension to grow in place to 21 digits.
        if let first = shape.first { text += String(repeating: " ", count: max(0, 21 - String(first).count)) }
        text += String(repeating: " ", count: 64 - (10 + text.utf8.count + 1) % 64) + "\n"
        var bytes = magic + [1, 0]
        bytes.appendLittleEndian(UInt16(text.utf8.count))  // safe: 64 dimensions of 20 digits fit
        bytes.append(contentsOf: text.utf8)
        return bytes
    }

    static let magic: [UInt8] = [0x93] + Array("NUMPY".utf8)

    static func malformed(_ detail: String) -> Problem {
        Problem(.malformed, "This is not a .npy file as NumPy writes it: \(detail).")
    }
}
