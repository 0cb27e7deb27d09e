import Protocol

/// What callbacks that watch one figure share (`MonitorCallback` in keras/src/callbacks/monitor_callback.py).
struct Monitor {
    /// The figure's name in the logs.
    let name: String
    private let isUpwards: Bool
    private let minimumDelta: Double

    /// Reads `monitor`, `mode` and `min_delta`; throws an `ArgumentError` when the mode is to be told from a figure that
    /// does not tell it.
    init(_ configuration: Arguments, className: String, _ site: CallbackSite) throws {
        name = configuration.string("monitor")
        let figure = name.hasPrefix("val_") ? String(name.dropFirst(4)) : name
        switch configuration.string("mode") {
        case "min": isUpwards = false
        case "max": isUpwards = true
        case _ where figure == "loss": isUpwards = false
        default:
            guard let direction = site.directions[figure] else {
                throw Self.fault(figure, className: className, site)
            }
            isUpwards = direction == .up
        }
        minimumDelta = configuration.number("min_delta").magnitude
    }

    private static func fault(_ figure: String, className: String, _ site: CallbackSite) -> ArgumentError {
        guard site.metrics.contains(figure) else {
            return ArgumentError(
                "monitor",
                "\(className) watches '\(figure.prefix(80))', which is not among the figures. "
                    + Suggestion.sentence(for: figure, among: ["loss"] + site.metrics))
        }
        return ArgumentError(
            "mode",
            "Whether '\(figure.prefix(80))' is better when larger is not known; set mode to min or max.")
    }

    /// Whether a value is better than another by more than `min_delta`; anything is better than nothing.
    func isImprovement(_ value: Double, over reference: Double?) -> Bool {
        guard let reference else { return true }
        // Keras compares in single precision.
        return isUpwards
            ? Float(value - minimumDelta) > Float(reference) : Float(value + minimumDelta) < Float(reference)
    }

    /// The figure, or a note that there is none.
    func value(in logs: Logs, _ fit: FitControl, doing what: String) -> Double? {
        if let value = logs[name] { return value.scalar }
        fit.note(
            "\(what) is conditioned on '\(name)', which is not among \(logs.keys.joined(separator: ", ")).")
        return nil
    }
}

extension Argument {
    /// `monitor`, with Keras's default.
    static let monitor = Argument("monitor", .string, default: "val_loss")
    /// `mode`: whether less or more of the figure is better, or that its name tells.
    static let mode = Argument("mode", .choice(["auto", "min", "max"]), default: "auto")
    /// `verbose`: whether the callback notes what it does.
    static let verbose = Argument.integer("verbose", in: 0...2, default: 0)
}

extension CallbackMemory {
    /// A number that was remembered; nil for none.
    func number(_ name: String) -> Double? { values[name]?.number }

    /// A whole number that was remembered; 0 for none.
    func integer(_ name: String) -> Int { values[name]?.integer ?? 0 }
}

extension JSONValue {
    /// A number, or `null` for none.
    init(_ number: Double?) { self = number.map { .number($0) } ?? .null }
    /// A whole number.
    init(_ number: Int) { self = .integer(Int64(number)) }
}
