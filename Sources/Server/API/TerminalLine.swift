/// A line of a terminal as it is put together: text, its colours, and the columns that it takes.
struct TerminalLine {
    /// How a piece looks (ECMA-48, 8.3.117).
    enum Look: Int {
        case bold = 1
        case green = 32
        case white = 37
    }

    /// The line, with the terminal's codes.
    private(set) var text = ""
    /// The columns that it takes.
    private(set) var width = 0
    /// The columns at which it is cut.
    let limit: Int
    /// Whether pieces have their look.
    let hasColours: Bool

    init(limit: Int = .max, hasColours: Bool = false) {
        self.limit = limit
        self.hasColours = hasColours
    }

    /// Adds as much of a piece as there is room for.
    mutating func append(_ piece: String, _ look: Look? = nil) {
        let piece = piece.prefix(limit - width)
        guard !piece.isEmpty else { return }
        width += piece.count
        if let look, hasColours {
            text += "\u{1B}[\(look.rawValue)m\(piece)\u{1B}[0m"
        } else {
            text += piece
        }
    }
}
