import Protocol
import Training

/// The table of Keras's `summary()` (keras/src/utils/summary_utils.py) in a terminal of 80 columns.
struct SummaryTable {
    /// Keras's name of the stack.
    let name: String
    let description: ModelDescription
    /// Numbers that the optimizer keeps; nil before there are any.
    let optimizerCount: Int?

    /// Characters between the borders and blanks of each column.
    private static let widths = [31, 22, 13]

    /// The text.
    var text: String {
        var lines = ["Model: \"\(name)\""]
        lines.append(Self.rule("┏", "━", "┳", "┓"))
        lines += Self.row(["Layer (type)", "Output Shape", "Param #"], border: "┃")
        lines.append(Self.rule("┡", "━", "╇", "┩"))
        for (index, layer) in description.layers.enumerated() {
            if index > 0 { lines.append(Self.rule("├", "─", "┼", "┤")) }
            lines += Self.row(Self.fields(layer), border: "│")
        }
        lines.append(Self.rule("└", "─", "┴", "┘"))
        let trainable = description.trainableCount
        let fixed = description.nonTrainableCount
        lines.append(Self.total("Total", trainable + fixed + (optimizerCount ?? 0)))
        lines.append(Self.total("Trainable", trainable))
        lines.append(Self.total("Non-trainable", fixed))
        if let optimizerCount { lines.append(Self.total("Optimizer", optimizerCount)) }
        return lines.joined(separator: "\n") + "\n"
    }

    private static func fields(_ layer: ModelDescription.LayerDescription) -> [String] {
        let isBuilt = layer.outputShape != nil || builtWhenMade.contains(layer.className)
        let count = isBuilt ? grouped(layer.parameterCount) : "0 (unbuilt)"
        return ["\(layer.name) (\(layer.className))", layer.outputShape.map(\.description) ?? "?", count]
    }

    /// Layers without weights that Keras takes for built before they have seen an input.
    private static let builtWhenMade: Set<String> = [
        "Activation", "ActivityRegularization", "AdaptiveAveragePooling1D", "AdaptiveAveragePooling2D",
        "AdaptiveAveragePooling3D", "AdaptiveMaxPooling1D", "AdaptiveMaxPooling2D",
        "AdaptiveMaxPooling3D", "AlphaDropout", "AveragePooling1D", "AveragePooling2D",
        "AveragePooling3D", "Dropout", "ELU", "GaussianDropout", "GaussianNoise",
        "GlobalAveragePooling1D", "GlobalAveragePooling2D", "GlobalAveragePooling3D",
        "GlobalMaxPooling1D", "GlobalMaxPooling2D", "GlobalMaxPooling3D", "Identity", "LeakyReLU",
        "Masking", "MaxPooling1D", "MaxPooling2D", "MaxPooling3D", "ReLU", "Reshape", "Softmax",
        "SpatialDropout1D", "SpatialDropout2D", "SpatialDropout3D", "UnitNormalization",
    ]

    private static func rule(_ left: String, _ line: String, _ cross: String, _ right: String) -> String {
        left + widths.map { String(repeating: line, count: $0 + 2) }.joined(separator: cross) + right
    }

    private static func row(_ cells: [String], border: String) -> [String] {
        let wrapped = zip(cells, widths).map { wrap($0, width: $1) }
        let height = wrapped.map(\.count).max() ?? 1
        return (0..<height).map { line in
            let parts = wrapped.enumerated().map { column, lines in
                let text = line < lines.count ? lines[line] : ""
                let blank = String(repeating: " ", count: max(0, widths[column] - text.count))
                return column == 2 ? blank + text : text + blank
            }
            return "\(border) " + parts.joined(separator: " \(border) ") + " \(border)"
        }
    }

    /// Breaks a text at blanks; a word that is too long ends in an ellipsis.
    private static func wrap(_ text: String, width: Int) -> [String] {
        var lines: [String] = []
        var line = ""
        for word in text.split(separator: " ") {
            let word = word.count > width ? String(word.prefix(width - 1)) + "…" : String(word)
            if line.isEmpty {
                line = word
            } else if line.count + 1 + word.count <= width {
                line += " " + word
            } else {
                lines.append(line)
                line = word
            }
        }
        return lines + [line]
    }

    /// Weights are float32, but for the optimizer's step count, which also takes 4 bytes.
    private static func total(_ what: String, _ count: Int) -> String {
        " \(what) params: \(grouped(count)) (\(size(4 * count)))"
    }

    private static func size(_ bytes: Int) -> String {
        var size = Double(bytes)
        for unit in ["B", "KB", "MB", "GB", "TB"] {
            if size < 1024 { return FixedPoint.decimal(size, digits: 2) + " \(unit)" }
            size /= 1024
        }
        return FixedPoint.decimal(size, digits: 2) + " PB"
    }

    /// With a comma before each three digits.
    private static func grouped(_ number: Int) -> String {
        var text = ""
        for (index, digit) in String(number).reversed().enumerated() {
            if index > 0, index.isMultiple(of: 3) { text.append(",") }
            text.append(digit)
        }
        return String(text.reversed())
    }
}
