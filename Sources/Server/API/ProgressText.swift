import Protocol

/// What Keras's `fit` prints (keras/src/utils/progbar.py): `Epoch 1/10`, then a line with a bar that is drawn anew
/// as the epoch goes on, then what became of the job where Keras would raise an exception.
struct ProgressText {
    private var epochBegan: Timestamp?
    /// Batches of the epoch that were done before an interruption.
    private var stepsBefore = 0
    /// Characters of the bar that stands on the line.
    private var drawn = 0

    private static let width = 20

    /// The text that an event adds.
    mutating func print(_ event: JobEvent) -> String {
        switch event.kind {
        case .started, .resumed:
            epochBegan = event.time
            return leaveLine()
        case .epochBegin:
            epochBegan = event.time
            stepsBefore = event.data["step"]?.integer ?? 0
            let epochs = event.data["epochs"]?.integer ?? 1
            let epoch = event.data["epoch"]?.integer ?? 1
            return leaveLine() + (epochs > 1 ? "Epoch \(epoch)/\(epochs)\n" : "")
        case .batch: return bar(event, isLast: false)
        case .epochEnd: return bar(event, isLast: true) + notes(event)
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

    /// What callbacks print behind the bar: `Epoch 7: early stopping`.
    private func notes(_ event: JobEvent) -> String {
        (event.data["notes"]?.array ?? []).compactMap(\.string).map { $0 + "\n" }.joined()
    }

    private mutating func leaveLine() -> String {
        defer { drawn = 0 }
        return drawn > 0 ? "\n" : ""
    }

    private mutating func bar(_ event: JobEvent, isLast: Bool) -> String {
        let steps = event.data["steps"]?.integer
        let step = isLast ? steps ?? 1 : event.data["step"]?.integer ?? 0
        let elapsed = event.data["seconds"]?.number ?? epochBegan.map { event.time.seconds(since: $0) } ?? 0
        let timed = isLast ? step : step - stepsBefore
        let pace = timed > 0 ? elapsed / Double(timed) : 0
        var text = Self.gauge(step, of: steps)
        if let steps, !isLast {
            text += " " + Self.remaining(pace * Double(steps - step))
        } else {
            text += " \(Self.decimal(elapsed, digits: 0))s"
        }
        text += Self.pace(pace) + Self.figures(event.data["logs"])
        let erase = drawn > 0 ? "\r" : ""
        let padding = String(repeating: " ", count: max(0, drawn - text.count))
        drawn = isLast ? 0 : text.count
        return erase + text + padding + (isLast ? "\n" : "")
    }

    private static func gauge(_ step: Int, of steps: Int?) -> String {
        guard let steps, steps > 0 else { return padded("\(step)", 7) + "/Unknown" }
        // The part that is done is green and the rest white in Keras; without colours the rest is left blank.
        let done = min(width, width * step / steps)
        return padded("\(step)", "\(steps)".count) + "/\(steps) " + String(repeating: "━", count: done)
            + String(repeating: " ", count: width - done)
    }

    private static func remaining(_ seconds: Double) -> String {
        let whole = Int(clamping: Int64(min(max(seconds, 0), 1e12)))
        if seconds > 3600 { return "\(whole / 3600):\(two(whole % 3600 / 60)):\(two(whole % 60))" }
        return seconds > 60 ? "\(whole / 60):\(two(whole % 60))" : "\(whole)s"
    }

    private static func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }

    private static func pace(_ seconds: Double) -> String {
        if seconds >= 1 || seconds == 0 { return " \(decimal(seconds, digits: 0))s/step" }
        if seconds >= 1e-3 { return " \(decimal(seconds * 1e3, digits: 0))ms/step" }
        return " \(decimal(seconds * 1e6, digits: 0))us/step"
    }

    private static func figures(_ logs: JSONValue?) -> String {
        (logs?.object ?? [:]).map { name, value in
            let list = value.array.map { $0.compactMap(\.number) }
            let number = list.map { $0.reduce(0, +) / Double(max(1, $0.count)) } ?? value.number ?? .nan
            return " - \(name): " + (abs(number) > 1e-3 ? decimal(number, digits: 4) : scientific(number))
        }.joined()
    }

    /// As Python's `f"{x:.4f}"` for a finite number, and its words for the others.
    private static func decimal(_ number: Double, digits: Int) -> String {
        guard number.isFinite else { return words(number) }
        return FixedPoint.decimal(number, digits: digits)
    }

    /// As Python's `f"{x:.4e}"`.
    private static func scientific(_ number: Double) -> String {
        number.isFinite ? FixedPoint.scientific(number, digits: 4) : words(number)
    }

    private static func words(_ number: Double) -> String {
        number.isNaN ? "nan" : number < 0 ? "-inf" : "inf"
    }

    private static func padded(_ text: String, _ width: Int) -> String {
        String(repeating: " ", count: max(0, width - text.count)) + text
    }
}
