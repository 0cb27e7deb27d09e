import Protocol

/// What Keras's `fit` prints (keras/src/utils/progbar.py): `Epoch 1/10`, then a line with a bar that is drawn anew
/// as the epoch goes on, then what became of the job where Keras would raise an exception.
package struct ProgressText {
    /// For whom it is printed.
    package enum Style: Sendable, Hashable {
        /// A bar that is drawn anew behind a carriage return, without colours.
        case plain
        /// The same on a terminal: a line that is not the epoch's last is cut at so many columns.
        case terminal(columns: Int, colours: Bool)
        /// One line an epoch, as with Keras's `verbose=2`.
        case lines
    }

    /// For whom it is printed; a terminal's width may change in between.
    package var style: Style
    private var epochBegan: Timestamp?
    /// Batches of the epoch that were done before an interruption.
    private var stepsBefore = 0
    /// Columns of the bar that stands on the line.
    private var drawn = 0

    private static let width = 20

    /// At the beginning of a job.
    package init(style: Style = .plain) { self.style = style }

    /// The text that an event adds.
    package mutating func print(_ event: JobEvent) -> String {
        switch event.kind {
        case .started, .resumed:
            epochBegan = event.time
            return leaveLine()
        case .epochBegin:
            epochBegan = event.time
            stepsBefore = event.data["step"]?.integer ?? 0
            let epochs = event.data["epochs"]?.integer ?? 1
            let epoch = event.data["epoch"]?.integer ?? 1
            return leaveLine() + notes(event) + (epochs > 1 ? "Epoch \(epoch)/\(epochs)\n" : "")
        case .batch: return style == .lines ? "" : bar(event, isLast: false)
        case .epochEnd: return (style == .lines ? line(event) : bar(event, isLast: true)) + notes(event)
        case .interrupted: return leaveLine() + "Interrupted; the job goes on when the server is back.\n"
        case .failed:
            return leaveLine() + "Failed: \(event.data["error"]?["detail"]?.string ?? "")\n"
        case .cancelled: return leaveLine() + notes(event) + "Cancelled.\n"
        case .succeeded: return leaveLine() + notes(event) + summary(event)
        case .queued, .checkpoint: return ""
        }
    }

    /// An evaluation's figures, which Keras draws beside the bar.
    private func summary(_ event: JobEvent) -> String {
        guard let result = event.data["result"]?.object, result["epochs_run"] == nil else { return "" }
        let figures = result.filter { $0.value.string == nil || $0.value.number != nil }
        return figures.isEmpty ? "" : String(Self.figures(.object(figures)).dropFirst(3)) + "\n"
    }

    /// What is to be known before an epoch, and what callbacks print behind its bar: `Epoch 7: early stopping`.
    private func notes(_ event: JobEvent) -> String {
        (event.data["notes"]?.array ?? []).compactMap(\.string).map { $0 + "\n" }.joined()
    }

    /// The line's end, where a bar stands on it.
    package mutating func leaveLine() -> String {
        defer { drawn = 0 }
        return drawn > 0 ? "\n" : ""
    }

    private mutating func bar(_ event: JobEvent, isLast: Bool) -> String {
        let steps = event.data["steps"]?.integer
        let step = isLast ? steps ?? 1 : event.data["step"]?.integer ?? 0
        let elapsed = elapsed(event)
        let timed = isLast ? step : step - stepsBefore
        let pace = timed > 0 ? elapsed / Double(timed) : 0
        var line = line(isLast: isLast)
        appendGauge(step, of: steps, to: &line)
        line.append(" ")
        if let steps, !isLast {
            line.append(Self.remaining(pace * Double(steps - step)), .bold)
        } else {
            line.append("\(FixedPoint.decimal(elapsed, digits: 0))s", .bold)
        }
        line.append(Self.pace(pace) + Self.figures(event.data["logs"]))
        let erase = drawn > 0 ? "\r" : ""
        let padding = String(repeating: " ", count: max(0, drawn - line.width))
        drawn = isLast ? 0 : line.width
        return erase + line.text + padding + (isLast ? "\n" : "")
    }

    private func line(isLast: Bool) -> TerminalLine {
        guard case .terminal(let columns, let colours) = style else { return TerminalLine() }
        return TerminalLine(limit: isLast ? .max : max(1, columns - 1), hasColours: colours)
    }

    private func elapsed(_ event: JobEvent) -> Double {
        event.data["seconds"]?.number ?? epochBegan.map { event.time.seconds(since: $0) } ?? 0
    }

    /// An epoch as `verbose=2` has it: `32/32 - 1s - 30ms/step - loss: 0.6931`.
    private func line(_ event: JobEvent) -> String {
        let elapsed = elapsed(event)
        let steps = event.data["steps"]?.integer ?? 0
        let count = steps > 0 ? "\(steps)/\(steps) - " : ""
        return count + "\(FixedPoint.decimal(elapsed, digits: 0))s -"
            + Self.pace(steps > 0 ? elapsed / Double(steps) : 0) + Self.figures(event.data["logs"]) + "\n"
    }

    private func appendGauge(_ step: Int, of steps: Int?, to line: inout TerminalLine) {
        guard let steps, steps > 0 else { return line.append(Self.padded("\(step)", 7) + "/Unknown") }
        let done = min(Self.width, Self.width * step / steps)
        line.append(Self.padded("\(step)", "\(steps)".count) + "/\(steps)", .bold)
        line.append(" ")
        line.append(String(repeating: "━", count: done), .green)
        // The rest is white in Keras; without colours it is left blank.
        line.append(String(repeating: line.hasColours ? "━" : " ", count: Self.width - done), .white)
    }

    private static func remaining(_ seconds: Double) -> String {
        let whole = Int(clamping: Int64(min(max(seconds, 0), 1e12)))
        if seconds > 3600 { return "\(whole / 3600):\(two(whole % 3600 / 60)):\(two(whole % 60))" }
        return seconds > 60 ? "\(whole / 60):\(two(whole % 60))" : "\(whole)s"
    }

    private static func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }

    private static func pace(_ seconds: Double) -> String {
        if seconds >= 1 || seconds == 0 { return " \(FixedPoint.decimal(seconds, digits: 0))s/step" }
        if seconds >= 1e-3 { return " \(FixedPoint.decimal(seconds * 1e3, digits: 0))ms/step" }
        return " \(FixedPoint.decimal(seconds * 1e6, digits: 0))us/step"
    }

    private static func figures(_ logs: JSONValue?) -> String {
        (logs?.object ?? [:]).map { name, value in " - \(name): " + figure(value) }.joined()
    }

    /// A number as Keras prints it beside the bar, the mean of a list.
    package static func figure(_ value: JSONValue) -> String {
        let list = value.array.map { $0.compactMap(\.number) }
        let number = list.map { $0.reduce(0, +) / Double(max(1, $0.count)) } ?? value.number ?? .nan
        guard number.isFinite else { return number.isNaN ? "nan" : number < 0 ? "-inf" : "inf" }
        return abs(number) > 1e-3
            ? FixedPoint.decimal(number, digits: 4) : FixedPoint.scientific(number, digits: 4)
    }

    private static func padded(_ text: String, _ width: Int) -> String {
        String(repeating: " ", count: max(0, width - text.count)) + text
    }
}
