import Foundation
import Server

/// Standard output and standard error, as the client's commands use them.
enum Console {
    /// Writes text as it is.
    static func write(_ text: String) { write(Array(text.utf8)) }

    /// Writes bytes as they are.
    static func write(_ bytes: [UInt8]) { FileHandle.standardOutput.write(Data(bytes)) }

    /// Says something beside the output.
    static func say(_ text: String) { FileHandle.standardError.write(Data("fitd: \(text)\n".utf8)) }

    /// Whether somebody looks at standard output, on a terminal that can draw a line anew.
    static var isTerminal: Bool {
        isatty(STDOUT_FILENO) == 1 && ProcessInfo.processInfo.environment["TERM"] != "dumb"
    }

    /// How a job's progress is shown. `NO_COLOR` does without colours (no-color.org).
    static var style: ProgressText.Style {
        guard isTerminal else { return .lines }
        var size = winsize()
        let isKnown = ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0 && size.ws_col > 0
        let environment = ProcessInfo.processInfo.environment
        return .terminal(
            columns: isKnown ? Int(size.ws_col) : 80, colours: environment["NO_COLOR", default: ""].isEmpty)
    }

    /// Rows in columns, under their titles.
    static func table(_ titles: [String], _ rows: [[String]]) -> String {
        let all = [titles] + rows
        let widths = titles.indices.map { column in all.map { $0[column].count }.max() ?? 0 }
        return all.map { row in
            let cells = zip(row, widths).map { $0 + String(repeating: " ", count: $1 - $0.count) }
            return cells.joined(separator: "  ").trimmingCharacters(in: .whitespaces) + "\n"
        }.joined()
    }
}
