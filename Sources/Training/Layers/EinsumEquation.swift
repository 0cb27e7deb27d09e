import Protocol

/// A layer's einsum equation, `[X],[Y]->[Z]`, with `...` in front of X and Z or behind them, read against an input's
/// shape (`_analyze_einsum_string` in keras/src/layers/core/einsum_dense.py).
struct EinsumEquation {
    /// The axes' letters; those that `...` stands for are numbered.
    let input: [Character]
    let kernel: [Character]
    let output: [Character]
    let inputShape: Shape
    let outputShape: Shape
    /// The output's shape as `output_shape` has it: what that leaves open stays open, as in Keras.
    let statedShape: Shape
    let kernelShape: [Int]
    /// The shape of the bias, spread over the output from its last axes; nil without bias.
    let biasShape: [Int]?
    /// The kernel's axes that are summed over, and those that reach the output, for initializers.
    let inputAxes: [Int]
    let outputAxes: [Int]

    init(
        _ equation: String, input shape: Shape, output partial: [Int?], biasAxes: String?, name: String
    ) throws {
        func wrong(_ what: String) -> ShapeError {
            ShapeError("\(name) has the equation '\(equation)': \(what).")
        }
        let sides = Self.split(equation)
        guard let sides else {
            throw wrong("it is written [X],[Y]->[Z], ...[X],[Y]->...[Z] or [X]...,[Y]->[Z]..., in letters")
        }
        let elided = shape.rank - sides.input.count
        guard elided == 0 || (elided > 0 && sides.elision != .none) else {
            throw wrong("it names \(sides.input.count) axes, and the input has shape \(shape)")
        }
        let gaps = (0..<elided).map { Character("\($0)") }
        let isLeft = sides.elision == .left
        let input = isLeft ? gaps + sides.input : sides.input + gaps
        let output = isLeft ? gaps + sides.output : sides.output + gaps
        let kernel = sides.kernel
        self.input = input
        self.output = output
        self.kernel = kernel
        inputShape = shape
        for letters in [input, output, kernel] where Set(letters).count != letters.count {
            throw wrong("an axis is named twice in one place")
        }
        let sizes = Dictionary(uniqueKeysWithValues: zip(input, shape.dimensions))
        var full = [shape[0]] + partial
        let gapSizes = gaps.map { sizes[$0] ?? nil }
        if isLeft { full.insert(contentsOf: gapSizes.dropFirst(), at: 1) } else { full += gapSizes }
        guard full.count == output.count else {
            throw wrong(
                "output_shape has \(partial.count) sizes, which do not make \(output.count) axes with the batch"
            )
        }
        statedShape = Shape(full)
        let statedSizes = Dictionary(uniqueKeysWithValues: zip(output, full))
        for (index, letter) in output.enumerated() {
            if let size = sizes[letter] {
                guard full[index] == nil || size == nil || full[index] == size else {
                    throw wrong(
                        "axis \(letter) has size \(size ?? 0) in the input and \(full[index] ?? 0) in output_shape"
                    )
                }
                full[index] = full[index] ?? size
            } else if !kernel.contains(letter) {
                throw wrong("axis \(letter) of the output is neither in the input nor in the kernel")
            }
        }
        outputShape = Shape(full)
        kernelShape = try kernel.map { letter in
            guard let size = statedSizes[letter] ?? sizes[letter] else {
                throw wrong("axis \(letter) of the kernel is neither in the input nor in the output")
            }
            guard let size else {
                throw wrong("the size of axis \(letter) has to be known; give it in output_shape")
            }
            return size
        }
        outputAxes = kernel.indices.filter { statedSizes[kernel[$0]] != nil }
        inputAxes = kernel.indices.filter { statedSizes[kernel[$0]] == nil }
        for letter in input where !output.contains(letter) && !kernel.contains(letter) {
            throw wrong("axis \(letter) of the input is neither in the kernel nor in the output")
        }
        guard let first = input.first, output.first == first, !kernel.contains(first) else {
            throw wrong("the batch, its first axis, stands first in input and output and not in the kernel")
        }
        guard let biasAxes else {
            biasShape = nil
            return
        }
        let places = try biasAxes.map { letter in
            guard let place = output.firstIndex(of: letter) else {
                throw wrong("bias_axes names \(letter), which is not in the output")
            }
            return place
        }
        let start = places.min() ?? output.count
        let stated = statedShape
        biasShape = try (start..<output.count).map { index in
            guard places.contains(index) else { return 1 }
            guard let size = stated[index] else {
                throw wrong("the size of axis \(output[index]) has to be known; give it in output_shape")
            }
            return size
        }
    }

    private enum Elision { case none, left, right }

    private static func split(
        _ equation: String
    ) -> (input: [Character], kernel: [Character], output: [Character], elision: Elision)? {
        let text = Array(equation.filter { $0 != " " })
        guard let comma = text.firstIndex(of: ","), let dash = text.firstIndex(of: "-"), comma < dash,
            dash + 1 < text.count, text[dash + 1] == ">"
        else { return nil }
        var parts = [Array(text[..<comma]), Array(text[(comma + 1)..<dash]), Array(text[(dash + 2)...])]
        let dots: [Character] = [".", ".", "."]
        var elision = Elision.none
        if parts[0].starts(with: dots), parts[2].starts(with: dots) {
            elision = .left
            parts[0].removeFirst(3)
            parts[2].removeFirst(3)
        } else if parts[0].suffix(3) == dots[...], parts[2].suffix(3) == dots[...] {
            elision = .right
            parts[0].removeLast(3)
            parts[2].removeLast(3)
        }
        let letters = parts.allSatisfy { !$0.isEmpty && $0.allSatisfy { $0.isASCII && $0.isLetter } }
        return letters ? (parts[0], parts[1], parts[2], elision) : nil
    }
}
