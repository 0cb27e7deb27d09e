import Protocol
import Testing
import Training

@Suite("Schedules and plain numbers")
struct ExpressionEvaluationTests {
    // The values are what CPython 3 prints for the same text with epoch = 7, lr = 0.01.
    @Test(
        "Are calculated as Python calculates them",
        arguments: [
            ("lr * 0.9", 0.009000000000000001), ("lr / (1 + 0.1 * epoch)", 0.0058823529411764705),
            ("lr * 0.5 ** (epoch // 3)", 0.0025), ("0.1 * math.exp(-0.1 * epoch)", 0.04965853037914095),
            ("lr if epoch < 5 else lr * math.exp(-0.1)", 0.009048374180359595),
            ("max(lr * 0.1, 0.005)", 0.005),
            ("min(epoch, 3) * lr", 0.03), ("-7 // 2", -4), ("-7 % 3", 2), ("7.5 // -2", -4),
            ("-7.5 % 2", 0.5),
            ("2 ** -1", 0.5), ("-2 ** 2", -4), ("2 ** 3 ** 2", 512), ("1 - 2 - 3", -4), ("2 / 3 * 3", 2),
            ("round(2.5) + round(3.5)", 6), ("abs(-3) + int(2.9) + float(1)", 6), ("True + True", 2),
            ("(1 < 2) & (2 < 1)", 0), ("1_000 + .5", 1000.5), ("1e-3", 0.001), ("+-+3", -3), ("~5", -6),
            ("6 ^ 3 | 8", 13), ("0.5 * lr * (1 + math.cos(math.pi * epoch / 10))", 0.0020610737385376348),
            ("pow(2, 10)", 1024), ("0 ** 0", 1), ("(-1) ** 63", -1), ("np.sqrt(2.25)", 1.5),
        ])
    func likePython(_ text: String, _ wanted: Double) throws {
        let value = try Expression(parsing: text).evaluate(["epoch": 7, "lr": 0.01])
        #expect(value == wanted)
    }

    @Test("A function of Keras's gives a float32") func float32() throws {
        let value = try Expression(parsing: "lr * K.exp(-0.1)").evaluate(["lr": 0.01])
        #expect(abs(value - 0.009048374) < 1e-9)
        #expect(value == Double(Float(value)))
    }

    @Test("A number that is calculated as a tensor is read before its memory goes", arguments: 1...50)
    func tensor(_ number: Int) throws {
        let text = "ops.where(0.5, \(number).25, 0.0)"
        #expect(try Expression(parsing: text).evaluate([:]) == Double(number) + 0.25)
    }

    @Test(
        "Nothing in parentheses has no value",
        arguments: ["( )", "()", "(  ) + 1", "abs( ( ) )", "[ ]", "(\t)"])
    func nothing(_ text: String) {
        #expect(throws: Problem.self) { try Expression(parsing: text).evaluate([:]) }
    }

    @Test("A schedule of the step runs without being checked again") func schedule() throws {
        let program = try Expression(parsing: "0.01 * K.exp(-0.1 * step)").program(inputs: [
            ExpressionInput("step", shape: [])
        ])
        #expect(program.outputShape.isEmpty)
        let run = try program.makeRun(maximumRows: 1)
        // keras.ops with float32 tensors.
        #expect(abs(run.evaluate(0) - 0.01) < 1e-9)
        #expect(abs(run.evaluate(10) - 0.0036787945) < 1e-9)
        #expect(abs(run.evaluate(17) - 0.0018268353) < 1e-9)
    }

    @Test(
        "What has no value", arguments: ["1 / epoch", "lr * math.log(epoch - 1)", "0.0 ** -1", "x", "[1, 2]"])
    func noValue(_ text: String) {
        #expect(throws: Problem.self) { try Expression(parsing: text).evaluate(["epoch": 0, "lr": 0.1]) }
    }

    @Test("Python's max of single tensors, Keras's max over an axis") func greatest() throws {
        let step = [ExpressionInput("step", shape: [])]
        let larger = try Expression(parsing: "max(0.1 / step, 1)").program(inputs: step).makeRun(
            maximumRows: 1)
        #expect(larger.evaluate(0.05) == 2)
        #expect(larger.evaluate(5) == 1)
        let overAxis = try Expression(parsing: "max(x, 1)").program(inputs: [
            ExpressionInput("x", shape: [nil, 3])
        ])
        #expect(overAxis.outputShape == [nil])
    }

    @Test("An expression may be an input or a number alone") func trivial() throws {
        let x = ExpressionInput("x", shape: [nil, 2], isDifferentiable: true)
        let outcome = try ExpressionBench("x", [(x, [1, 2, 3, 4])], rows: 2).run(weights: { Float($0) })
        #expect(outcome.value == [1, 2, 3, 4])
        #expect(outcome.gradients == [[0, 1, 2, 3]])
        #expect(try ExpressionBench("2.5", [(x, [1, 2])], rows: 1).run().value == [2.5])
        #expect(try ExpressionBench("[1, 2] * x", [(x, [3, 4])], rows: 1).run().value == [3, 8])
    }
}
