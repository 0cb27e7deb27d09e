import Kernels
import Protocol

/// A row of a table for each index (keras/src/layers/core/embedding.py).
///
/// Input `[batch, …]` of whole numbers below `input_dim`, output `[batch, …, output_dim]`; `embeddings` is
/// `[input_dim, output_dim]`, uniform at first. With `mask_zero` the steps whose index is 0 are masked. An index
/// below zero counts from the table's end; one outside of the table gives NaN, as Keras gives on JAX. Throws when
/// `input_dim` is above 2^24, for indices travel as single-precision numbers.
struct Embedding: Layer {
    static let className = "Embedding"
    static let arguments: [Argument] =
        Argument.layer + [
            .integer("input_dim"),
            .integer("output_dim"),
            .initializer("embeddings_initializer", default: "uniform"),
            .regularizer("embeddings_regularizer"),
            .regularizer("activity_regularizer"),
            .constraint("embeddings_constraint"),
            .boolean("mask_zero", default: false),
            .choice("quantization_config", [], default: .null),
            .legacy("input_length", []), .legacy("lora_rank", []), .legacy("lora_alpha", []),
            .legacy("weights", []), .legacy("batch_input_shape", []), .legacy("input_shape", []),
        ]

    let configuration: Arguments

    init(_ arguments: Arguments) throws {
        configuration = arguments
        guard arguments.integer("input_dim") <= 1 << 24 else {
            throw ArgumentError(
                "input_dim", "input_dim is at most 16777216: larger indices are not exact.")
        }
    }

    func weights(for input: Shape) throws -> [WeightDescription] {
        [
            WeightDescription(
                "embeddings", [configuration.integer("input_dim"), configuration.integer("output_dim")],
                configuration.initializer("embeddings_initializer"),
                regularizer: configuration.regularizer("embeddings_regularizer"),
                constraint: configuration.constraint("embeddings_constraint"), isTable: true)
        ]
    }

    func outputShape(for input: Shape) throws -> Shape {
        Shape(input.dimensions + [configuration.integer("output_dim")])
    }

    func outputMask(for input: Shape, mask: Shape?) throws -> MaskRule {
        configuration.bool("mask_zero") ? .computed(input) : .none
    }

    func makeOperation(_ site: Site) throws -> Operation { try EmbeddingOperation(self, site) }
}

/// Looks rows up, and adds their gradients where they came from.
private final class EmbeddingOperation: Operation {
    private let input: Tensor
    private let output: Tensor
    private let table: WeightSlot
    private let mask: UnsafeMutablePointer<UInt8>?
    /// The row of each index; -1 for one outside of the table.
    private let rows: UnsafeMutablePointer<Int32>
    /// Of each index, whether it is the first of its row; nil where all of the gradient is cleared before.
    private let isFirst: UnsafeMutablePointer<Bool>?

    init(_ layer: Embedding, _ site: Site) throws {
        input = site.input
        output = site.output
        table = site.weights[0]
        mask = layer.configuration.bool("mask_zero") ? site.output.mask : nil
        rows = try site.buffer(site.input.count, of: Int32.self)
        let keepsMarks = site.isTraining && table.touchedRows != nil
        isFirst = keepsMarks ? try site.buffer(site.input.count, of: Bool.self) : nil
        if keepsMarks { table.touchedRows?.isKept = true }
    }

    private func readRows(count: Int) {
        let limit = table.shape[0]
        for index in 0..<count {
            let value = input.values[index]
            let row = abs(value) <= 0x1p24 ? Int(value) : limit
            let place = row < 0 ? row + limit : row
            rows[index] = place >= 0 && place < limit ? Int32(place) : -1
            mask?[index] = row == 0 ? 0 : 1
        }
    }

    override func forward(_ step: Step) {
        let count = step.rows * input.rowCount
        readRows(count: count)
        let width = table.shape[1]
        step.team.share(
            LookUp(table: table.values, rows: rows, width: width, output: output.values), count: count,
            cost: count * width)
    }

    override func backward(_ step: Step) {
        let count = step.rows * input.rowCount
        if let gradient = input.gradient { Kernels.fill(gradient, count: count, with: 0) }
        guard let gradient = table.gradient, let outputGradient = output.gradient else { return }
        let width = table.shape[1]
        var pass = Scatter(
            outputGradient: outputGradient, rows: rows, count: count, width: width, gradient: gradient)
        if let touched = table.touchedRows, touched.isFollowed, let isFirst {
            touch(touched, count: count, isFirst)
            pass.isFirst = UnsafePointer(isFirst)
        } else {
            step.team.share(Clear(values: gradient), count: table.count, cost: table.count, unit: 32)
        }
        step.team.share(pass, count: width, cost: count * width, unit: 16)
    }
}

extension EmbeddingOperation {
    /// Marks the rows that have indices, and the first index of each.
    private func touch(_ touched: TouchedRows, count: Int, _ isFirst: UnsafeMutablePointer<Bool>) {
        touched.marks.update(repeating: 0, count: touched.rows)
        for index in 0..<count where rows[index] >= 0 {
            let row = Int(rows[index])
            isFirst[index] = touched.marks[row] == 0
            touched.marks[row] = 1
        }
    }
}

/// Rows of the table for a span of indices.
private struct LookUp: SharedPass {
    let table: UnsafePointer<Float>
    let rows: UnsafePointer<Int32>
    let width: Int
    let output: UnsafeMutablePointer<Float>

    func run(_ span: Range<Int>, part: Int) {
        Kernels.gatherRuns(
            table, rowStride: 0, indices: rows + span.lowerBound, count: span.count, run: width,
            to: output + span.lowerBound * width, rows: 1, padding: .nan)
    }
}

private struct Clear: SharedPass {
    let values: UnsafeMutablePointer<Float>

    func run(_ span: Range<Int>, part: Int) {
        Kernels.fill(values + span.lowerBound, count: span.count, with: 0)
    }
}

/// The gradient of a span of the table's columns; where `isFirst` is known, of those rows alone that have one.
private struct Scatter: SharedPass {
    let outputGradient: UnsafePointer<Float>
    let rows: UnsafePointer<Int32>
    var isFirst: UnsafePointer<Bool>?
    let count: Int
    let width: Int
    let gradient: UnsafeMutablePointer<Float>

    func run(_ span: Range<Int>, part: Int) {
        Kernels.scatterRuns(
            outputGradient, indices: rows, isFirst: isFirst, count: count, run: width, part: span,
            to: gradient,
            rowStride: 0, rows: 1)
    }
}
