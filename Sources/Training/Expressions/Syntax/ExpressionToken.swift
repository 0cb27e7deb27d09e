/// A word of an expression's text.
struct ExpressionToken {
    /// What the word is.
    enum Kind: Equatable {
        case number(ExpressionNumber)
        case string(String)
        case name(String)
        case symbol(Symbol)
        case end
    }

    /// Python's operators and brackets that the language knows.
    enum Symbol: String, CaseIterable {
        case power = "**"
        case floorDivide = "//"
        case lessEqual = "<="
        case greaterEqual = ">="
        case equal = "=="
        case notEqual = "!="
        case ellipsis = "..."
        case plus = "+"
        case minus = "-"
        case times = "*"
        case divide = "/"
        case remainder = "%"
        case matmul = "@"
        case less = "<"
        case greater = ">"
        case assign = "="
        case and = "&"
        case or = "|"
        case exclusiveOr = "^"
        case not = "~"
        case openParenthesis = "("
        case closeParenthesis = ")"
        case openBracket = "["
        case closeBracket = "]"
        case comma = ","
        case colon = ":"
        case dot = "."
    }

    /// What the word is.
    let kind: Kind
    /// Its UTF-8 offsets.
    let range: Range<Int>
}

extension ExpressionToken.Symbol {
    /// The symbols of each length, longest first, as bytes.
    static let spellings: [(symbol: Self, bytes: [UInt8])] =
        allCases.map { ($0, Array($0.rawValue.utf8)) }.sorted { $0.bytes.count > $1.bytes.count }
}
