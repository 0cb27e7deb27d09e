/// Which columns of a CSV file become which array.
public struct CSVSelection: Sendable, Hashable {
    /// The columns of `x`, side by side; nil for all but the label when there is one.
    public var columns: [String]?
    /// The column that becomes `y`.
    public var label: String?

    /// With neither, each column is an array of its own.
    public init(columns: [String]? = nil, label: String? = nil) {
        self.columns = columns
        self.label = label
    }
}

/// The numeric columns of a CSV file with a header row: int64 where all numbers are integers that fit, float64
/// elsewhere. The file is read twice, once to check it and once to write, in a fixed amount of memory.
public struct CSVReader: ArraySource {
    /// The arrays, in the file's order.
    public let arrays: [ArrayDescription]
    private let file: UnsafeRawBufferPointer
    private let rowCount: Int
    /// Of each column of the file, where its numbers go; nil for one that was not selected.
    private let places: [Place?]

    private struct Place {
        var array: Int
        var slot: Int
        var isInteger = true
    }

    /// The most columns of a file.
    private static let maximumColumns = 1 << 16
    /// The most bytes of a header row, which is read in memory.
    private static let longestHeader = 16 << 20

    /// Checks the whole file.
    /// - `selection`: With it, `x` has shape (rows, columns) and `y` shape (rows,); without, each
    ///   column is an array of shape (rows,), named by the header.
    /// - Throws: `.malformed` for what is not CSV, `.unprocessable` for a field that is no number, a row of
    ///   another length, an unknown column or an unusable name, with line and column.
    public init(
        _ file: UnsafeRawBufferPointer, selection: CSVSelection = CSVSelection(),
        limits: ArrayLimits = .default
    ) throws(Problem) {
        var scanner = CSVScanner(file)
        let header = try Self.header(&scanner)
        var (names, places) = try Self.assign(header, selection)
        guard names.count <= limits.maximumArrays else {
            throw Problem(
                .contentTooLarge,
                "The file has \(names.count) columns, each an array of its own; at most "
                    + "\(limits.maximumArrays) are accepted. Bundle them with ?label= or ?columns=.")
        }
        var integers = [Bool](repeating: true, count: names.count)
        rowCount = try Self.readRows(&scanner, header) { _, column, number in
            if let place = places[column], case .floating = number { integers[place.array] = false }
        } selecting: {
            places[$0] != nil
        }
        guard rowCount > 0 else {
            throw Problem(.unprocessable, "The CSV file has a header row but no rows of numbers.")
        }
        var widths = [Int](repeating: 0, count: names.count)
        for column in places.indices {
            guard let array = places[column]?.array else { continue }
            places[column]?.isInteger = integers[array]
            widths[array] += 1
        }
        let isBundle = selection.columns != nil || selection.label != nil
        var arrays: [ArrayDescription] = []
        for (index, name) in names.enumerated() {
            let shape = isBundle && name == "x" ? [rowCount, widths[index]] : [rowCount]
            let layout = try ArrayLayout(dtype: integers[index] ? .int64 : .float64, shape: shape)
            arrays.append(try ArrayDescription(name: name, layout: layout))
        }
        self.arrays = arrays
        self.file = file
        self.places = places
    }

    private static func header(_ scanner: inout CSVScanner) throws(Problem) -> [String] {
        guard scanner.beginRecord() else { throw Problem(.unprocessable, "The CSV file is empty.") }
        var header: [String] = []
        var seen: Set<String> = []
        var length = 0
        while true {
            let (text, isLast) = try scanner.field()
            length += text.count
            guard length <= longestHeader else {
                throw Problem(
                    .contentTooLarge, "The header of the CSV file is longer than \(longestHeader) bytes.")
            }
            guard let raw = String(validating: text, as: UTF8.self) else {
                throw scanner.malformed("the header is not UTF-8")
            }
            let name = raw.replacing("\"\"", with: "\"")
            guard !name.isEmpty else {
                throw Problem(
                    .unprocessable,
                    "Column \(header.count + 1) of the CSV header has no name (pandas leaves the index out "
                        + "with to_csv(index=False)).")
            }
            guard seen.insert(name).inserted else {
                throw Problem(.unprocessable, "Two columns of the CSV header are named '\(name.prefix(80))'.")
            }
            header.append(name)
            guard header.count <= maximumColumns else {
                throw Problem(.contentTooLarge, "The CSV file has more than \(maximumColumns) columns.")
            }
            if isLast { return header }
        }
    }

    /// The arrays' names, and each column's place in them.
    private static func assign(
        _ header: [String], _ selection: CSVSelection
    ) throws(Problem) -> (names: [String], places: [Place?]) {
        guard selection.columns != nil || selection.label != nil else {
            return (header, header.indices.map { Place(array: $0, slot: 0) })
        }
        var places = [Place?](repeating: nil, count: header.count)
        let positions = Dictionary(uniqueKeysWithValues: zip(header, header.indices))
        func place(_ name: String, _ place: Place) throws(Problem) {
            guard let column = positions[name] else {
                let known =
                    header.prefix(20).map { $0.prefix(80) }.joined(separator: ", ")
                    + (header.count > 20 ? ", …" : "")
                throw Problem(
                    .unprocessable, "The CSV file has no column '\(name.prefix(80))'; it has \(known).")
            }
            guard places[column] == nil else {
                throw Problem(.unprocessable, "The column '\(name.prefix(80))' is asked for twice.")
            }
            places[column] = place
        }
        let columns = selection.columns ?? header.filter { $0 != selection.label }
        guard !columns.isEmpty else {
            throw Problem(.unprocessable, "No column of the CSV file is left for x.")
        }
        for (slot, name) in columns.enumerated() { try place(name, Place(array: 0, slot: slot)) }
        guard let label = selection.label else { return (["x"], places) }
        try place(label, Place(array: 1, slot: 0))
        return (["x", "y"], places)
    }

    /// Reads the rows behind the header and says how many there were.
    private static func readRows(
        _ scanner: inout CSVScanner, _ header: [String],
        _ visit: (_ row: Int, _ column: Int, _ number: CSVNumber) -> Void, selecting isSelected: (Int) -> Bool
    ) throws(Problem) -> Int {
        var row = 0
        while scanner.beginRecord() {
            let line = scanner.line
            var column = 0
            while true {
                let (text, isLast) = try scanner.field()
                guard column < header.count else { throw length(line, column + 1, header, isMore: true) }
                if isSelected(column) {
                    guard let number = CSVNumber(text) else { throw notNumeric(text, line, column, header) }
                    visit(row, column, number)
                }
                column += 1
                if isLast { break }
            }
            guard column == header.count else { throw length(line, column, header, isMore: false) }
            row += 1
        }
        return row
    }

    private static func length(_ line: Int, _ count: Int, _ header: [String], isMore: Bool) -> Problem {
        Problem(
            .unprocessable,
            "Line \(line) of the CSV file has \(isMore ? "more than \(count - 1)" : "\(count)") fields; the "
                + "header has \(header.count).")
    }

    private static func notNumeric(
        _ text: UnsafeRawBufferPointer, _ line: Int, _ column: Int, _ header: [String]
    ) -> Problem {
        let place = "Line \(line), column \(column + 1) ('\(header[column].prefix(80))') of the CSV file"
        let field = String(decoding: text.prefix(40), as: UTF8.self)
        guard field.contains(where: { $0 != " " }) else {
            return Problem(.unprocessable, "\(place) is empty; write NaN for a missing number.")
        }
        let hint =
            header.count == 1 && field.contains(where: { ";\t".contains($0) })
            ? " Separate fields by commas." : ""
        return Problem(.unprocessable, "\(place) is '\(field)', not a number.\(hint)")
    }

    /// The most elements that are gathered before they go to the sink.
    private static let maximumPending = 1 << 19

    /// Writes every array, as `ArraySource` asks for.
    public func write(to sink: (_ array: Int, _ bytes: UnsafeRawBufferPointer) throws -> Void) throws {
        let widths = arrays.map { $0.shape.count == 2 ? $0.shape[1] : 1 }
        let batch = max(1, Self.maximumPending / widths.reduce(0, +))
        var pending = widths.map { [UInt64](repeating: 0, count: batch * $0) }
        func flush(_ rows: Int) throws {
            for (index, width) in widths.enumerated() {
                try pending[index].withUnsafeBytes {
                    try sink(index, UnsafeRawBufferPointer(rebasing: $0[..<(rows * width * 8)]))
                }
            }
        }
        var scanner = CSVScanner(file)
        _ = try Self.header(&scanner)
        var row = 0
        while scanner.beginRecord() {
            for place in places {
                let text = try scanner.field().text
                guard let place else { continue }
                pending[place.array][row * widths[place.array] + place.slot] = bits(text, place.isInteger)
            }
            row += 1
            if row == batch {
                try flush(row)
                row = 0
            }
        }
        if row > 0 { try flush(row) }
    }

    /// A field's number as the eight bytes of its array's element.
    private func bits(_ text: UnsafeRawBufferPointer, _ isInteger: Bool) -> UInt64 {
        switch CSVNumber(text) {
        case .integer(let value) where isInteger: UInt64(bitPattern: value).littleEndian
        case .some(let number): number.double.bitPattern.littleEndian
        case nil: 0
        }
    }
}
