/// How often values fall into each of 30 buckets of equal width between the least and the greatest of them
/// (`tf.summary.histogram`, tensorboard/plugins/histogram/summary_v2.py).
struct WeightHistogram {
    /// Each bucket's edges and how many values it holds. When all values are equal, the last one holds them; when one
    /// is not finite there are no edges, and no counts.
    let buckets: [(left: Double, right: Double, count: Double)]

    private static let count = 30

    init(_ values: [Float]) {
        guard let least = values.min(), let greatest = values.max() else {
            buckets = Array(repeating: (0, 0, 0), count: Self.count)
            return
        }
        let (low, high) = (Double(least), Double(greatest))
        let width = (high - low) / Double(Self.count)
        var counts = [Double](repeating: 0, count: Self.count)
        guard width > 0, values.allSatisfy(\.isFinite) else {
            let isFinite = values.allSatisfy(\.isFinite)
            if isFinite { counts[Self.count - 1] = Double(values.count) }
            let edge = isFinite ? high : .nan
            buckets = counts.map { (edge, edge, $0) }
            return
        }
        for value in values {
            counts[min(Int((Double(value) - low) / width), Self.count - 1)] += 1
        }
        buckets = counts.enumerated().map { index, count in
            let right = index == Self.count - 1 ? high : low + Double(index + 1) * width
            return (low + Double(index) * width, right, count)
        }
    }
}
