import Foundation
import Protocol
import Testing
import Training

/// What the layers that change images draw, told from images made to show it: five steps of 200 000 images, within five
/// standard errors.
@Suite struct AugmentationStatisticsTests {
    private static let rows = 200_000

    /// What comes out of five steps for so many copies of an image.
    private func outputs(_ className: String, _ config: JSONObject, _ image: [Float], _ shape: [Int]) throws
        -> [Float]
    {
        let layer = try LayerExample(className, .object(config)).makeLayer()
        let trial = try LayerTrial(layer, shape: [Self.rows] + shape)
        let x = Array(repeatElement(image, count: Self.rows).joined())
        return (0..<5).flatMap { iteration in
            trial.step.iteration = UInt64(iteration)
            return trial.forward(x, rows: Self.rows)
        }
    }

    private func every(_ stride: Int, _ numbers: [Float], from start: Int) -> [Double] {
        Swift.stride(from: start, to: numbers.count, by: stride).map { Double(numbers[$0]) }
    }

    /// Both ways or none, where both are asked for.
    @Test(
        arguments: [
            ("horizontal", [2, 1, 4, 3]), ("vertical", [3, 4, 1, 2]),
            ("horizontal_and_vertical", [4, 3, 2, 1]),
        ]
    ) func halfOfTheImagesAreFlipped(_ mode: String, _ flipped: [Float]) throws {
        let y = try outputs("RandomFlip", ["mode": .string(mode)], [1, 2, 3, 4], [2, 2, 1])
        var count = 0
        for start in stride(from: 0, to: y.count, by: 4) {
            let image = Array(y[start..<start + 4])
            if image == flipped { count += 1 } else if image != [1, 2, 3, 4] { Issue.record("\(image)") }
        }
        expectShare(Double(count), of: y.count / 4, 0.5, mode)
    }

    static let factors: [(JSONValue, ClosedRange<Double>)] = [(0.2, -0.2...0.2), ([0.3, -0.1], -0.1...0.3)]

    @Test(arguments: factors) func brightnessIsUniform(_ factor: JSONValue, _ range: ClosedRange<Double>)
        throws
    {
        let y = try outputs(
            "RandomBrightness", ["factor": factor, "value_range": [-5, 5]], [0, 0], [1, 2, 1])
        expectUniform(every(2, y, from: 0).map { $0 / 10 }, range, "brightness")
        #expect(every(2, y, from: 0) == every(2, y, from: 1))
    }

    /// A single factor f is 1 to 1 + f, a pair 1 less the first to 1 and the second.
    @Test(arguments: [(0.4, 1...1.4), ([0.5, 0.7], 0.5...1.7)] as [(JSONValue, ClosedRange<Double>)])
    func contrastIsUniform(_ factor: JSONValue, _ range: ClosedRange<Double>) throws {
        let y = try outputs(
            "RandomContrast", ["factor": factor, "value_range": [-5, 5]], [-1, 1], [1, 2, 1])
        expectUniform(every(2, y, from: 1), range, "contrast")
    }

    /// On a slope the middle's value tells how far the image has moved; its two channels rise right and down.
    @Test(arguments: factors) func translationsAreUniform(_ factor: JSONValue, _ range: ClosedRange<Double>)
        throws
    {
        let slope: [Float] = (0..<3).flatMap { y in (0..<3).flatMap { x in [Float(x), Float(y)] } }
        let y = try outputs(
            "RandomTranslation", ["height_factor": 0.1, "width_factor": factor], slope, [3, 3, 2])
        let (right, down) = (
            every(18, y, from: 8).map { (1 - $0) / 3 }, every(18, y, from: 9).map { (1 - $0) / 3 }
        )
        expectUniform(right, range, "to the right")
        expectUniform(down, -0.1...0.1, "down")
        expectUnrelated(right, down)
    }

    /// Between a corner and the middle of a slope; a factor above 1 would read beyond the edge.
    @Test func zoomsAreUniform() throws {
        let slope: [Float] = (0..<3).flatMap { y in (0..<3).flatMap { x in [Float(x), Float(y)] } }
        let factors: JSONObject = ["height_factor": [-0.4, -0.1], "width_factor": [-0.5, 0]]
        let y = try outputs("RandomZoom", factors, slope, [3, 3, 2])
        let (across, up) = (every(18, y, from: 16).map { $0 - 2 }, every(18, y, from: 17).map { $0 - 2 })
        expectUniform(across, -0.5...0, "across")
        expectUniform(up, -0.4 ... -0.1, "up and down")
        expectUnrelated(across, up)
        let both = try outputs("RandomZoom", ["height_factor": [-0.4, -0.1]], slope, [3, 3, 2])
        let pairs = zip(every(18, both, from: 16), every(18, both, from: 17))
        #expect(pairs.allSatisfy { abs($0 - $1) < 1e-5 }, "one factor for both directions")
    }

    /// The place right of the middle comes from the angle on the circle around it.
    @Test func anglesAreUniform() throws {
        let slope: [Float] = (0..<3).flatMap { y in (0..<3).flatMap { x in [Float(x), Float(y)] } }
        let y = try outputs("RandomRotation", ["factor": [-0.05, 0.1]], slope, [3, 3, 2])
        let angles = zip(every(18, y, from: 10), every(18, y, from: 11)).map {
            atan2($1 - 1, $0 - 1) / (2 * .pi)
        }
        expectUniform(angles, -0.05...0.1, "angles")
    }

    /// A step cuts all images at one place, and the places of many steps are equally likely.
    @Test func cropsAreEquallyLikely() throws {
        let layer = try LayerExample("RandomCrop", ["height": 2, "width": 3]).makeLayer()
        let trial = try LayerTrial(layer, shape: [2, 4, 5, 1])
        let x = (0..<40).map { Float($0 % 20) }
        var counts = [Int](repeating: 0, count: 20)
        for iteration in 0..<1_000_000 {
            trial.step.iteration = UInt64(iteration)
            let y = trial.forward(x, rows: 2)
            if y[0] != y[6] { Issue.record("two images are cut at two places") }
            counts[Int(y[0])] += 1
        }
        for top in 0..<3 {
            for left in 0..<3 {
                expectShare(Double(counts[top * 5 + left]), of: 1_000_000, 1 / 9.0, "\(top), \(left)")
                counts[top * 5 + left] = 0
            }
        }
        #expect(counts.allSatisfy { $0 == 0 })
    }

    /// Two draws of an image tell nothing of each other.
    private func expectUnrelated(_ one: [Double], _ other: [Double]) {
        func standard(_ numbers: [Double]) -> [Double] {
            let mean = numbers.reduce(0, +) / Double(numbers.count)
            let variance = numbers.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(numbers.count)
            return numbers.map { ($0 - mean) / variance.squareRoot() }
        }
        expectMean(zip(standard(one), standard(other)).map { $0 * $1 }, 0, deviation: 1, "correlation")
    }
}
