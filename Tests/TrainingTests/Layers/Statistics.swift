import Testing

/// Expects a number of successes of independent trials within five standard errors; pairs that overlap have up to
/// `slack` times the variance.
func expectShare(
    _ successes: Double, of count: Int, _ probability: Double, _ what: String, slack: Double = 1,
    sourceLocation: SourceLocation = #_sourceLocation
) {
    let error = (slack * probability * (1 - probability) / Double(count)).squareRoot()
    let share = successes / Double(count)
    #expect(
        abs(share - probability) <= 5 * error, "\(what): \(share), not \(probability)",
        sourceLocation: sourceLocation)
}

/// Expects the mean of independent numbers of a standard deviation within five standard errors.
func expectMean(
    _ numbers: [Double], _ mean: Double, deviation: Double, _ what: String,
    sourceLocation: SourceLocation = #_sourceLocation
) {
    let got = numbers.reduce(0, +) / Double(numbers.count)
    #expect(
        abs(got - mean) <= 5 * deviation / Double(numbers.count).squareRoot(), "\(what): \(got), not \(mean)",
        sourceLocation: sourceLocation)
}

/// Expects normal numbers of mean 0: their mean, their variance, and how many lie within one and two deviations.
func expectNormal(
    _ numbers: [Double], deviation: Double, _ what: String, sourceLocation: SourceLocation = #_sourceLocation
) {
    expectMean(numbers, 0, deviation: deviation, what, sourceLocation: sourceLocation)
    let squares = numbers.map { $0 * $0 / (deviation * deviation) }
    // The square of a standard normal number has the variance 2.
    expectMean(
        squares, 1, deviation: 2.0.squareRoot(), "\(what): variance", sourceLocation: sourceLocation)
    for (limit, share) in [(1.0, 0.682689492137), (2, 0.954499736104)] {
        expectShare(
            Double(numbers.count { abs($0) < limit * deviation }), of: numbers.count, share,
            "\(what) within \(limit)", sourceLocation: sourceLocation)
    }
}

/// Expects numbers spread evenly over a range: their bounds, mean and variance, and how many lie in each quarter.
func expectUniform(
    _ numbers: [Double], _ range: ClosedRange<Double>, _ what: String,
    sourceLocation: SourceLocation = #_sourceLocation
) {
    let width = range.upperBound - range.lowerBound
    let places = numbers.map { ($0 - range.lowerBound) / width }
    #expect(
        places.allSatisfy { $0 > -1e-5 && $0 < 1 + 1e-5 }, "\(what): beyond \(range)",
        sourceLocation: sourceLocation)
    expectMean(places, 0.5, deviation: (1 / 12.0).squareRoot(), what, sourceLocation: sourceLocation)
    let squares = places.map { ($0 - 0.5) * ($0 - 0.5) }
    expectMean(
        squares, 1 / 12.0, deviation: (1 / 180.0).squareRoot(), "\(what): variance",
        sourceLocation: sourceLocation)
    for quarter in 0..<4 {
        let count = places.count { Int(4 * $0) == quarter }
        expectShare(
            Double(count), of: places.count, 0.25, "\(what): quarter \(quarter)",
            sourceLocation: sourceLocation)
    }
}
