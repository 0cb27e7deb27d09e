/// 'Did you mean' for names that are close to a known one.
public enum Suggestion {
    /// The known name nearest to `name` by edits, case ignored, when it is near enough to be a slip.
    public static func nearest<Names: Sequence>(to name: String, among known: Names) -> String?
    where Names.Element == String {
        let target = Array(name.lowercased().unicodeScalars.prefix(64))
        let allowed = max(1, target.count / 3)
        var best: (name: String, distance: Int)?
        for candidate in known {
            let other = Array(candidate.lowercased().unicodeScalars)
            guard abs(other.count - target.count) <= allowed else { continue }
            let distance = editDistance(target, other)
            if distance <= allowed, best.map({ distance < $0.distance }) ?? true {
                best = (candidate, distance)
            }
        }
        return best?.name
    }

    /// A sentence that names the nearest known name, or lists what is known when none is near.
    public static func sentence<Names: Collection>(for name: String, among known: Names) -> String
    where Names.Element == String {
        if let near = nearest(to: name, among: known) { return "Did you mean '\(near)'?" }
        return known.isEmpty ? "None are known." : "Known: \(known.joined(separator: ", "))."
    }

    /// Insertions, deletions, replacements and swaps of neighbours that lead from one word to the other
    /// (optimal string alignment).
    private static func editDistance(_ a: [Unicode.Scalar], _ b: [Unicode.Scalar]) -> Int {
        var before: [Int] = []
        var row = Array(0...b.count)
        for i in a.indices {
            var next = [i + 1]
            for j in b.indices {
                var best = min(row[j] + (a[i] == b[j] ? 0 : 1), row[j + 1] + 1, next[j] + 1)
                if i > 0, j > 0, a[i] == b[j - 1], a[i - 1] == b[j] { best = min(best, before[j - 1] + 1) }
                next.append(best)
            }
            (before, row) = (row, next)
        }
        return row[b.count]
    }
}
