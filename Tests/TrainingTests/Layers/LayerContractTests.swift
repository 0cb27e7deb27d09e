import Foundation
import Protocol
import Testing
import Training

/// What every layer keeps to, whatever it computes.
@Suite struct LayerContractTests {
    @Test func everyLayerHasAnExample() {
        #expect(LayerExample.all.count == LayerExample.fixture("examples").count)
        let shown = Set(LayerExample.all.map(\.className))
        #expect(
            Registry.layers.names.filter { !shown.contains($0) && !LayerExample.parts.contains($0) } == [])
    }

    @Test(arguments: LayerExample.all) func readsWhatItWrites(_ example: LayerExample) throws {
        let config = JSONValue.object(try example.makeLayer().configuration.config)
        let again = try example.with(config).makeLayer()
        #expect(JSONValue.object(again.configuration.config) == config)
    }

    /// Of each class at least one example is held against differences.
    @Test func everyLayersGradientsAreTried() {
        let tried = Set(LayerExample.all.filter { !$0.stopsGradients }.map(\.className))
        #expect(LayerExample.all.map(\.className).filter { !tried.contains($0) } == [])
    }

    @Test(arguments: LayerExample.all.filter { !$0.stopsGradients })
    func gradientsAreSlopes(_ example: LayerExample) throws {
        for (index, shape) in example.shapes.enumerated() {
            let seed = UInt64(index + 1)
            let mask = example.mask(shape, seed: seed)
            let trial = try LayerTrial(example.makeLayer(), shape: shape, mask: mask)
            // A layer whose step changes its weights computes with them as they are afterwards, as prediction does.
            let judge =
                try example.changesWeights
                ? LayerTrial(example.makeLayer(), shape: shape, mask: mask, isTraining: false) : trial
            var slopes = Slopes(
                trial, judgedBy: judge, example.input(shape, seed: seed), seed: seed)
            if case .normal = example.values, example.isSmooth { slopes.checkInput() }
            slopes.checkWeights()
            #expect(slopes.faults.prefix(3) == [], "input \(shape)")
        }
    }

    @Test(arguments: LayerExample.all) func fewerRowsGiveTheSame(_ example: LayerExample) throws {
        for (index, shape) in example.shapes.enumerated() where shape[0] > 1 {
            let seed = UInt64(index + 1)
            let rows = shape[0] - 1
            let x = example.input(shape, seed: seed)
            let mask = example.mask(shape, seed: seed)
            let layer = try example.makeLayer()
            guard try layer.states(for: Shape(shape)).isEmpty else { continue }
            let large = try LayerTrial(layer, shape: shape, mask: mask)
            let small = try LayerTrial(
                layer, shape: [rows] + shape.dropFirst(),
                mask: mask.map { Array($0.prefix(rows * shape[1])) })
            let projection = example.projection(large.outputCount(rows: rows))
            #expect(agree(large.forward(x, rows: rows), small.forward(x, rows: rows)))
            let (first, second) = (large.backward(projection), small.backward(projection))
            #expect(agree(first.input, second.input))
            for (one, other) in zip(first.weights, second.weights) { #expect(agree(one, other)) }
        }
    }

    @Test(arguments: LayerExample.all) func threadsDoNotShow(_ example: LayerExample) throws {
        for (index, shape) in example.shapes.enumerated() {
            let x = example.input(shape, seed: UInt64(index + 1))
            let mask = example.mask(shape, seed: UInt64(index + 1))
            let results = try [1, 2].map { threads in
                let trial = try LayerTrial(example.makeLayer(), shape: shape, mask: mask, threads: threads)
                let y = trial.forward(x, rows: shape[0])
                let gradients = trial.backward(example.projection(y.count))
                return [y, gradients.input] + gradients.weights
            }
            #expect(results[0].map { $0.map(\.bitPattern) } == results[1].map { $0.map(\.bitPattern) })
        }
    }

    private func agree(_ one: [Float], _ other: [Float]) -> Bool {
        one.count == other.count
            && zip(one, other).allSatisfy { abs($0 - $1) <= 1e-5 + 1e-4 * abs($1) }
    }
}

extension LayerExample {
    /// Numbers to weigh an output's elements by.
    func projection(_ count: Int) -> [Float] {
        var generator = TestRandom(state: 1234)
        return (0..<count).map { _ in Float(generator.normal()) }
    }
}

/// Holds a layer's gradients against differences of a random projection of its output.
struct Slopes {
    private let judge: LayerTrial
    private var x: [Float]
    private let projection: [Float]
    private let gradients: (input: [Float], weights: [[Float]])
    private var generator: TestRandom
    private(set) var faults: [String] = []

    /// The gradients are those of `trial`, the differences those of `judge`, with the same weights.
    init(_ trial: LayerTrial, judgedBy judge: LayerTrial, _ x: [Float], seed: UInt64) {
        self.judge = judge
        self.x = x
        generator = TestRandom(state: seed &* 31)
        let rows = trial.input.rows
        let y = trial.forward(x, rows: rows)
        var generator = generator
        projection = y.map { _ in Float(generator.normal()) }
        gradients = trial.backward(projection)
        for (slot, other) in zip(judge.weights, trial.weights) where slot.values != other.values {
            slot.values.update(from: other.values, count: slot.count)
        }
    }

    /// The projection of the output as the input and the weights are now.
    private func value() -> Double {
        zip(judge.forward(x, rows: judge.input.rows), projection).reduce(0) {
            $0 + Double($1.0) * Double($1.1)
        }
    }

    /// Differences over one of three steps agree with the slope unless a kink lies within all of them.
    private mutating func check(_ name: String, slope: Float, move: (inout Slopes, Float) -> Void) {
        var seen: [Double] = []
        for size in [Float(0x1p-7), 0x1p-10, 0x1p-13] {
            move(&self, size)
            let up = value()
            move(&self, -2 * size)
            let down = value()
            move(&self, size)
            let difference = (up - down) / Double(2 * size)
            seen.append(difference)
            let tolerance = 2e-3 + 1e-2 * max(abs(difference), Double(abs(slope))) + 1e-6 / Double(size)
            if abs(difference - Double(slope)) <= tolerance { return }
        }
        faults.append("\(name): gradient \(slope), differences \(seen)")
    }

    private mutating func places(_ count: Int) -> [Int] {
        count <= 24 ? Array(0..<count) : (0..<24).map { _ in Int(generator.uniform() * Double(count)) }
    }

    mutating func checkInput() {
        for place in places(x.count) {
            check("input[\(place)]", slope: gradients.input[place]) { $0.x[place] += $1 }
        }
    }

    mutating func checkWeights() {
        for (index, slot) in judge.weights.enumerated() where slot.gradient != nil {
            for place in places(slot.count) {
                check("weight \(index)[\(place)]", slope: gradients.weights[index][place]) {
                    slot.values[place] += $1
                    _ = $0
                }
            }
        }
    }
}
