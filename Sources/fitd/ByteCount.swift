import ArgumentParser

/// A number of bytes on the command line: `1048576`, `512M`, `64G`.
struct ByteCount: ExpressibleByArgument, CustomStringConvertible {
    let count: Int

    init(_ count: Int) { self.count = count }

    init?(argument: String) {
        let units: [Character: Int] = ["K": 10, "M": 20, "G": 30, "T": 40]
        var digits = argument.uppercased()
        let shift = digits.last.flatMap { units[$0] } ?? 0
        if shift > 0 { digits.removeLast() }
        guard let number = Int(digits), number >= 0, number <= Int.max >> shift else { return nil }
        count = number << shift
    }

    /// As a help text has it.
    var description: String {
        for (unit, shift) in [("T", 40), ("G", 30), ("M", 20), ("K", 10)]
        where count > 0 && count.isMultiple(of: 1 << shift) {
            return "\(count >> shift)\(unit)"
        }
        return "\(count)"
    }

    var defaultValueDescription: String { description }
}
