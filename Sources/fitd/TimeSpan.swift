import ArgumentParser

/// A length of time on the command line: `30s`, `15m`, `12h`, `90d`, a number of seconds, and `0` for none.
struct TimeSpan: ExpressibleByArgument, CustomStringConvertible {
    let seconds: Int

    init(seconds: Int) { self.seconds = seconds }

    init?(argument: String) {
        let units: [Character: Int] = ["s": 1, "m": 60, "h": 3600, "d": 86_400]
        let named = argument.last.flatMap { units[$0] }
        let unit = named ?? 1
        guard let number = Int(named == nil ? argument : String(argument.dropLast())),
            (0...36_500).contains(number / (86_400 / unit)), number >= 0
        else { return nil }
        seconds = number * unit
    }

    var description: String {
        for (unit, length) in [("d", 86_400), ("h", 3600), ("m", 60)]
        where seconds > 0 && seconds.isMultiple(of: length) {
            return "\(seconds / length)\(unit)"
        }
        return seconds == 0 ? "0" : "\(seconds)s"
    }

    var defaultValueDescription: String { description }
}
