import Testing
import Training

/// Runs an expression on arrays, and keeps the arrays alive while it does.
struct ExpressionBench {
    struct Outcome {
        let value: [Float]
        let gradients: [[Float]?]
    }

    let program: ExpressionProgram
    var rows: Int
    var arrays: [[Float]]

    init(_ text: String, _ inputs: [(ExpressionInput, [Float])], rows: Int) throws {
        program = try Expression(parsing: text).program(inputs: inputs.map(\.0))
        self.rows = rows
        arrays = inputs.map(\.1)
    }

    /// The value, and the gradients for the weights given to its elements (all 1 if nil).
    func run(weights: ((Int) -> Float)? = nil, maximumRows: Int? = nil) throws -> Outcome {
        let run = try program.makeRun(maximumRows: maximumRows ?? rows)
        let memory = arrays.map { array in
            let pointer = UnsafeMutablePointer<Float>.allocate(capacity: array.count)
            pointer.initialize(from: array, count: array.count)
            return pointer
        }
        defer { memory.forEach { $0.deallocate() } }
        for (index, pointer) in memory.enumerated() { run.bind(input: index, to: pointer) }
        let output = run.forward(rows: rows)
        let value = Array(output)
        if program.isDifferentiable {
            let slopes = value.indices.map { weights?($0) ?? 1 }
            slopes.withUnsafeBufferPointer { slopes in
                if let base = slopes.baseAddress { run.backward(outputGradient: base) }
            }
        }
        let gradients = arrays.indices.map { index in
            run.gradient(ofInput: index).map {
                Array(UnsafeBufferPointer(start: $0, count: arrays[index].count))
            }
        }
        return Outcome(value: value, gradients: gradients)
    }
}

/// The first place where two arrays differ by more than rounding, in words.
func difference(_ found: [Float], _ wanted: [Float], absolute: Float = 2e-6, relative: Float = 1e-5)
    -> String?
{
    guard found.count == wanted.count else { return "\(found.count) elements, not \(wanted.count)" }
    for (index, (a, b)) in zip(found, wanted).enumerated() {
        if a == b || (a.isNaN && b.isNaN) || abs(a - b) <= absolute + relative * abs(b) { continue }
        return "element \(index) is \(a), not \(b)"
    }
    return nil
}
