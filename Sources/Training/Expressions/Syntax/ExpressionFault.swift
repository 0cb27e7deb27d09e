import Protocol

/// What is wrong with an expression, and where in its text.
struct ExpressionFault: Error {
    /// What is wrong, and what would be right.
    let message: String
    /// The UTF-8 offsets concerned; nil until whoever knows the place fills it in.
    var range: Range<Int>?

    init(_ message: String, at range: Range<Int>? = nil) {
        self.message = message
        self.range = range
    }

    /// This fault, placed at `range` unless it already has a place.
    func placed(at range: Range<Int>) -> ExpressionFault {
        ExpressionFault(message, at: self.range ?? range)
    }

    /// The fault as a client reads it: the character (from 1), the message, and the place underlined.
    func problem(in text: String, at pointer: JSONPointer) -> Problem {
        guard let range else { return .fault(pointer, message) }
        let start = scalarOffset(of: range.lowerBound, in: text)
        let end = max(scalarOffset(of: range.upperBound, in: text), start + 1)
        return .fault(
            pointer, "Character \(start + 1): \(message)\n" + excerpt(of: text, marking: start..<end))
    }

    private func scalarOffset(of offset: Int, in text: String) -> Int {
        let bytes = text.utf8
        let index = bytes.index(bytes.startIndex, offsetBy: offset, limitedBy: bytes.endIndex)
        return text.unicodeScalars.prefix(upTo: index ?? bytes.endIndex).count
    }

    /// One line of at most some seventy characters around the place, and a line that marks it.
    private func excerpt(of text: String, marking marked: Range<Int>) -> String {
        let scalars = text.unicodeScalars
        let first = max(0, min(marked.lowerBound - 30, scalars.count - 60))
        let last = min(scalars.count, first + 60)
        var line = first > 0 ? "…" : ""
        var marks = first > 0 ? " " : ""
        for (offset, scalar) in scalars.enumerated().dropFirst(first).prefix(last - first) {
            line.unicodeScalars.append(scalar.value < 32 || scalar.value == 127 ? " " : scalar)
            marks += offset < marked.lowerBound ? " " : offset == marked.lowerBound ? "^" : "~"
            if offset >= marked.upperBound { marks.removeLast() }
        }
        if marked.lowerBound >= scalars.count { marks += "^" }
        if last < scalars.count { line += "…" }
        return "    \(line)\n    \(marks)"
    }
}
