import Foundation
import Protocol
import Testing
import Training

/// What the layers that drop and add noise draw, held against the distributions that Keras's pages state: over a million
/// draws, within five standard errors.
@Suite struct DropoutStatisticsTests {
    private func output(_ className: String, _ config: JSONObject, _ x: [Float], _ shape: [Int]) throws
        -> [Float]
    {
        let layer = try LayerExample(className, .object(config)).makeLayer()
        return try LayerTrial(layer, shape: shape).forward(x, rows: shape[0])
    }

    private func ones(_ shape: [Int]) -> [Float] { .init(repeating: 1, count: shape.reduce(1, *)) }

    /// Whether `y` is 0 or the scale, at the rate, each by itself.
    private func expectDropped(_ y: [Float], rate: Double, columns: Int, _ what: String) {
        let scale = Float(1 / (1 - rate))
        #expect(y.allSatisfy { $0 == 0 || abs($0 - scale) < 1e-6 * scale }, "\(what)")
        let dropped = y.map { $0 == 0 ? 1.0 : 0.0 }
        expectShare(dropped.reduce(0, +), of: dropped.count, rate, "\(what): rate")
        // Neighbours in either direction are dropped together as often as chance has it.
        for distance in [1, columns] {
            let both = zip(dropped, dropped.dropFirst(distance)).reduce(0) { $0 + $1.0 * $1.1 }
            expectShare(both, of: dropped.count - distance, rate * rate, "\(what): pairs", slack: 2)
        }
    }

    @Test(arguments: [0.1, 0.5, 0.85]) func dropoutKeepsTheExpectation(_ rate: Double) throws {
        let shape = [1000, 1000]
        let y = try output("Dropout", ["rate": .number(rate)], ones(shape), shape)
        expectDropped(y, rate: rate, columns: 1000, "Dropout")
        expectMean(y.map(Double.init), 1, deviation: (rate / (1 - rate)).squareRoot(), "Dropout")
    }

    @Test func dropoutOfAllAndOfNothing() throws {
        #expect(try output("Dropout", ["rate": 1], [1, 2, 3], [1, 3]) == [0, 0, 0])
        #expect(try output("Dropout", ["rate": 0], [1, 2, 3], [1, 3]) == [1, 2, 3])
    }

    /// The places that share a draw, and how a draw's index follows from a place.
    @Test func noiseShapeSharesDraws() throws {
        let shape = [1000, 3, 1000]
        let y = try output("Dropout", ["rate": 0.3, "noise_shape": [nil, 1, nil]], ones(shape), shape)
        var draws: [Float] = []
        for row in 0..<1000 {
            let first = y[row * 3000..<row * 3000 + 1000]
            draws += first
            for step in 1..<3 {
                #expect(y[row * 3000 + step * 1000..<row * 3000 + (step + 1) * 1000].elementsEqual(first))
            }
        }
        expectDropped(draws, rate: 0.3, columns: 1000, "noise_shape")
    }

    static let spatial: [(String, JSONObject, [Int])] = [
        ("SpatialDropout1D", [:], [1000, 2, 1000]),
        ("SpatialDropout2D", [:], [1000, 2, 1, 1000]),
        ("SpatialDropout2D", ["data_format": "channels_first"], [1000, 1000, 1, 2]),
        ("SpatialDropout3D", [:], [1000, 1, 1, 2, 1000]),
        ("SpatialDropout3D", ["data_format": "channels_first"], [1000, 1000, 1, 2, 1]),
    ]

    /// Whole channels are dropped: both positions alike.
    @Test(arguments: spatial) func spatialDropoutDropsChannels(
        _ className: String, _ config: JSONObject, _ shape: [Int]
    ) throws {
        var config = config
        config["rate"] = 0.25
        let y = try output(className, config, ones(shape), shape)
        let isFirst = config["data_format"] != nil
        var draws: [Float] = []
        for row in 0..<1000 {
            for channel in 0..<1000 {
                let place = row * 2000 + (isFirst ? 2 * channel : channel)
                draws.append(y[place])
                if y[place] != y[place + (isFirst ? 1 : 1000)] {
                    Issue.record("\(className) splits a channel")
                }
            }
        }
        expectDropped(draws, rate: 0.25, columns: 1000, className)
    }

    @Test func gaussianNoiseIsNormal() throws {
        let shape = [1000, 1000]
        let x = [Float](repeating: 3, count: 1_000_000)
        let y = try output("GaussianNoise", ["stddev": 0.7], x, shape)
        expectNormal(y.map { Double($0) - 3 }, deviation: 0.7, "GaussianNoise")
    }

    @Test(arguments: [0.2, 0.5]) func gaussianDropoutIsNormalAroundOne(_ rate: Double) throws {
        let shape = [1000, 1000]
        let x = [Float](repeating: 2, count: 1_000_000)
        let y = try output("GaussianDropout", ["rate": .number(rate)], x, shape)
        let deviation = (rate / (1 - rate)).squareRoot()
        expectNormal(y.map { Double($0) / 2 - 1 }, deviation: deviation, "GaussianDropout")
    }

    /// Standard normal numbers stay of mean 0 and variance 1; what is dropped becomes one number.
    @Test(arguments: [0.1, 0.4]) func alphaDropoutKeepsMeanAndVariance(_ rate: Double) throws {
        var random = TestRandom(state: 3)
        let x = (0..<1_000_000).map { _ in Float(random.normal()) }
        let y = try output("AlphaDropout", ["rate": .number(rate)], x, [1000, 1000])
        expectMean(y.map(Double.init), 0, deviation: 1, "AlphaDropout's mean")
        let squares = y.map { Double($0) * Double($0) }
        let spread = squares.reduce(0) { $0 + ($1 - 1) * ($1 - 1) } / 1e6
        expectMean(squares, 1, deviation: spread.squareRoot(), "AlphaDropout's variance")
        // a · lowest + b, with a = ((1 − rate)(1 + rate · lowest²))^−½ and b = −a · lowest · rate.
        let lowest = -1.6732632423543772 * 1.0507009873554805
        let dropped = Float(
            lowest * (1 - rate) / ((1 - rate) * (1 + rate * lowest * lowest)).squareRoot())
        let count = y.count { abs($0 - dropped) < 1e-6 }
        expectShare(Double(count), of: y.count, rate, "AlphaDropout's rate")
    }

    /// A recurrent layer or cell, and the place of the gate that carries its numbers through.
    struct Cell: Sendable, CustomStringConvertible {
        let className: String
        var config: JSONObject = [:]
        /// The sizes between the steps and the channels, all 1 in a kernel.
        var image: [Int] = []
        let gates: Int
        let place: Int
        let constants: [Float]
        var description: String { className }

        var isCell: Bool { className.hasSuffix("Cell") }

        /// 100 linear units or filters, with more arguments.
        func layer(_ more: JSONObject) -> LayerExample {
            var config = config.merging(more) { $1 }
            config["activation"] = "linear"
            if gates > 1 { config["recurrent_activation"] = "linear" }
            config[image.isEmpty ? "units" : "filters"] = 100
            if !image.isEmpty { config["kernel_size"] = 1 }
            if isCell {
                let cell: JSONValue = ["class_name": .string(className), "config": .object(config)]
                return LayerExample("RNN", ["cell": cell, "return_sequences": true])
            }
            config["return_sequences"] = true
            return LayerExample(className, .object(config))
        }

        /// Rows that make 200 000 numbers a step.
        var shape: [Int] { [2000 / image.reduce(1, *), 3] + image + [100] }
    }

    private static let lstm: [Float] = [1, 0, 0, 1]

    static let cells: [Cell] = [
        Cell(className: "SimpleRNN", gates: 1, place: 0, constants: [0]),
        Cell(className: "SimpleRNNCell", gates: 1, place: 0, constants: [0]),
        Cell(className: "LSTM", gates: 4, place: 2, constants: lstm),
        Cell(className: "LSTMCell", gates: 4, place: 2, constants: lstm),
        Cell(className: "ConvLSTM1D", image: [2], gates: 4, place: 2, constants: lstm),
        Cell(className: "ConvLSTM2D", image: [1, 2], gates: 4, place: 2, constants: lstm),
        Cell(className: "ConvLSTM3D", image: [2, 1, 2], gates: 4, place: 2, constants: lstm),
        Cell(className: "GRU", gates: 3, place: 2, constants: [0, 1, 0]),
        Cell(className: "GRU", config: ["reset_after": false], gates: 3, place: 2, constants: [0, 1, 0]),
        Cell(className: "GRUCell", gates: 3, place: 2, constants: [0, 1, 0]),
    ]

    /// A recurrent layer whose output is its input after dropout, and whose next is its state after recurrent dropout:
    /// one gate has the identity as its kernels, the others are constant.
    private func cellTrial(_ cell: Cell, _ more: JSONObject) throws -> LayerTrial {
        let trial = try LayerTrial(cell.layer(more).makeLayer(), shape: cell.shape)
        for weight in trial.weights { for index in 0..<weight.count { weight.values[index] = 0 } }
        for unit in 0..<100 {
            for kernel in 0..<2 {
                trial.weights[kernel].values[(unit * cell.gates + cell.place) * 100 + unit] = 1
            }
            for (gate, value) in cell.constants.enumerated() {
                trial.weights[2].values[gate * 100 + unit] = value
            }
        }
        return trial
    }

    /// One mask is drawn for a sequence and laid on the input of each of its steps.
    @Test(arguments: cells) func cellsDropTheirInput(_ cell: Cell) throws {
        let trial = try cellTrial(cell, ["dropout": 0.3])
        // No recurrence: what comes out of a step is what goes in.
        for index in 0..<trial.weights[1].count { trial.weights[1].values[index] = 0 }
        expectOneMask(ones(trial.input.shape), trial, firstStep: 0, cell.className) {
            $0 == 0 ? 0 : Float(1 / 0.7)
        }
    }

    /// The same of the states: the input is 1 at the first step and 0 after it.
    @Test(arguments: cells) func cellsDropTheirStates(_ cell: Cell) throws {
        let trial = try cellTrial(cell, ["recurrent_dropout": 0.3])
        let step = trial.input.rowCount / 3
        let x = (0..<trial.input.count).map { Float($0 % (3 * step) < step ? 1 : 0) }
        expectOneMask(x, trial, firstStep: 1, cell.className) { $0 == 0 ? 0 : Float(1 / 0.49) }
    }

    /// Step `firstStep` shows a mask of rate 0.3, and the next one what it makes of a number that is already masked.
    private func expectOneMask(
        _ x: [Float], _ trial: LayerTrial, firstStep: Int, _ what: String, next: (Float) -> Float
    ) {
        let step = trial.output.rowCount / 3
        var draws: [Float] = []
        for iteration in 0..<5 {
            trial.step.iteration = UInt64(iteration)
            let y = trial.forward(x, rows: trial.input.rows)
            for row in 0..<trial.input.rows {
                let start = row * 3 * step + firstStep * step
                draws += y[start..<start + step]
                if (start..<start + step).contains(where: { abs(y[$0 + step] - next(y[$0])) > 1e-5 }) {
                    Issue.record("\(what): a step has another mask")
                    return
                }
            }
        }
        #expect(draws.count == 1_000_000)
        expectDropped(draws, rate: 0.3, columns: 100, what)
    }
}
