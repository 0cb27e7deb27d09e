import Protocol

/// Cuts bytes into lines that end in CRLF, however the bytes are split when they come.
struct LineReader {
    /// The bytes of a line so far, without its end.
    private(set) var line: [UInt8] = []
    private var endsWithCarriageReturn = false

    /// Whether no byte of a line has come.
    var isEmpty: Bool { line.isEmpty && !endsWithCarriageReturn }

    /// Takes bytes up to the end of a line and says whether there was one; the line is then in `line` until
    /// the next call of ``begin()``.
    ///
    /// - Parameters:
    ///   - limit: The most bytes that a line may have.
    ///   - isAllowed: Which bytes may stand in it, beside its end.
    ///   - tooLong: What a longer line is, given its first `limit` bytes.
    mutating func read(
        _ input: inout ArraySlice<UInt8>, limit: Int, isAllowed: (UInt8) -> Bool,
        tooLong: ([UInt8]) -> Problem
    ) throws(Problem) -> Bool {
        var index = input.startIndex
        defer { input = input[index...] }
        while index < input.endIndex {
            let byte = input[index]
            index += 1
            if endsWithCarriageReturn {
                guard byte == 0x0A else { throw Problem(.malformed, "A CR is not followed by LF.") }
                endsWithCarriageReturn = false
                return true
            }
            switch byte {
            case 0x0D: endsWithCarriageReturn = true
            case 0x0A: throw Problem(.malformed, "A line ends in LF alone; HTTP/1.1 lines end in CR LF.")
            case let byte where isAllowed(byte):
                guard line.count < limit else { throw tooLong(line) }
                line.append(byte)
            default:
                let code = String(byte, radix: 16, uppercase: true)
                throw Problem(.malformed, "The byte 0x\(code) may not stand where it does in the request.")
            }
        }
        return false
    }

    /// Makes ready for the next line.
    mutating func begin() { line.removeAll(keepingCapacity: true) }
}
