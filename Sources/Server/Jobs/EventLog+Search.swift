import Protocol

extension EventLog {
    /// Where to begin with reading what comes after an event: at its line or one before, found by halving.
    /// - Parameter span: How many bytes may be read in vain.
    func start(after id: Int, within span: Int) throws(Problem) -> Int {
        var start = 0
        var end = position().length
        while id > 0, end - start > span {
            let middle = start + (end - start) / 2
            guard let line = try lineStart(in: middle..<end) else {
                end = middle
                continue
            }
            // What begins as no event does is left to the reader, who comes from the front.
            guard let number = EventLine.number(try read(at: line, count: 32)) else { return start }
            if number <= id { start = line } else { end = middle }
        }
        return start
    }

    /// Where the first line begins whose predecessor ends in a range; nil when none does.
    private func lineStart(in range: Range<Int>) throws(Problem) -> Int? {
        var offset = range.lowerBound
        while offset < range.upperBound {
            let bytes = try read(at: offset, count: min(1 << 12, range.upperBound - offset))
            guard !bytes.isEmpty else { return nil }
            if let index = bytes.firstIndex(of: 0x0A) {
                let line = offset + index + 1
                return line < range.upperBound ? line : nil
            }
            offset += bytes.count
        }
        return nil
    }
}
