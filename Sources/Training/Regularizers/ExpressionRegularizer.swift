import Kernels
import Protocol

/// A penalty that is an expression of the array `x`: `0.01 * K.sum(K.square(x))`. If its value is an array, the penalty is
/// the sum, as Keras adds up what a function gives.
struct ExpressionRegularizer: Regularizer {
    static let className = "Expression"
    static let arguments = UserExpression.arguments
    static let vocabulary = Vocabulary<any Regularizer>(
        "regularizer", module: "keras.regularizers",
        [.init(className: className, aliases: [], arguments: arguments) { try ExpressionRegularizer($0) }])

    let configuration: Arguments
    private let function: UserExpression

    /// Reads an object with an expression; notes what is wrong and gives nil.
    static func read(_ value: JSONValue, at place: JSONPointer, faults: Faults) -> (any Regularizer)? {
        UserExpression.read(value, at: place, as: vocabulary, faults: faults)
    }

    init(_ arguments: Arguments) throws {
        configuration = arguments
        function = try UserExpression(arguments, inputs: [UserExpression.tensor])
    }

    /// The form that Keras writes of a function, with the expression.
    var json: JSONValue { function.json }

    func check(shape: [Int]) throws { _ = try program(shape: shape, isBatch: false) }

    private func program(shape: [Int], isBatch: Bool) throws -> ExpressionProgram {
        let sizes: [Int?] = isBatch ? [nil] + shape.dropFirst().map { $0 } : shape.map { $0 }
        let program = try function.expression.program(
            inputs: [ExpressionInput(UserExpression.tensor, shape: sizes, isDifferentiable: true)])
        if !program.reaches(input: 0) {
            try function.expression.placingFaults {
                throw ExpressionFault("the penalty has no gradient by x, so it would change nothing")
            }
        }
        return program
    }

    func makeOperation(shape: [Int], isBatch: Bool) throws -> RegularizerOperation {
        try ExpressionPenalty(
            try program(shape: shape, isBatch: isBatch), rows: isBatch ? shape[0] : 1,
            rowCount: shape.dropFirst(isBatch ? 1 : 0).reduce(1, *))
    }
}

private final class ExpressionPenalty: RegularizerOperation {
    private let run: ExpressionRun
    private let rowCount: Int
    /// The gradient of each value of the expression.
    private let slopes: UnsafeMutablePointer<Float>
    private let slopeCount: Int

    init(_ program: ExpressionProgram, rows: Int, rowCount: Int) throws {
        run = try program.makeRun(maximumRows: rows)
        self.rowCount = rowCount
        slopeCount = max(1, program.outputCount(rows: rows) ?? 1)
        slopes = .allocate(capacity: slopeCount)
    }

    deinit { slopes.deallocate() }

    override func value(_ values: UnsafePointer<Float>, count: Int) -> Double {
        run.bind(input: 0, to: values)
        var sum = 0.0
        for value in run.forward(rows: count / rowCount) { sum += Double(value) }
        return sum
    }

    override func addGradient(
        _ values: UnsafePointer<Float>, scale: Float, to gradient: UnsafeMutablePointer<Float>, count: Int
    ) {
        run.bind(input: 0, to: values)
        _ = run.forward(rows: count / rowCount)
        slopes.update(repeating: scale, count: slopeCount)
        run.backward(outputGradient: slopes)
        if let slope = run.gradient(ofInput: 0) { Kernels.add(gradient, slope, to: gradient, count: count) }
    }
}
