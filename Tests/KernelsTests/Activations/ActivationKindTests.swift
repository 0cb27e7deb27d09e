import Foundation
import Kernels
import Testing

/// An activation beside its definition in double precision.
private struct Definition: Sendable, CustomTestStringConvertible {
    let kind: ActivationKind
    let function: @Sendable (Double) -> Double
    var testDescription: String { "\(kind)" }

    init(_ kind: ActivationKind, _ function: @escaping @Sendable (Double) -> Double) {
        self.kind = kind
        self.function = function
    }
}

private func logistic(_ x: Double) -> Double { 1 / (1 + Foundation.exp(-x)) }
private func softplus(_ x: Double) -> Double { max(x, 0) + Foundation.log1p(Foundation.exp(-abs(x))) }

private let definitions: [Definition] = [
    Definition(.linear) { $0 },
    Definition(.relu()) { max($0, 0) },
    Definition(.relu(negativeSlope: 0.1)) { $0 > 0 ? $0 : 0.1 * $0 },
    Definition(.relu(negativeSlope: -0.1)) { $0 > 0 ? $0 : -0.1 * $0 },
    Definition(.relu(maxValue: 2)) { min(max($0, 0), 2) },
    Definition(.relu(maxValue: 6)) { min(max($0, 0), 6) },
    Definition(.relu(threshold: 1)) { $0 > 1 ? $0 : 0 },
    Definition(.relu(threshold: -1)) { $0 > -1 ? $0 : 0 },
    Definition(.relu(negativeSlope: 0.3, maxValue: 2, threshold: 0.5)) {
        ($0 > 0.5 ? min($0, 2) : 0) - 0.3 * max(0.5 - $0, 0)
    },
    Definition(.leakyReLU(negativeSlope: 0.2)) { $0 > 0 ? $0 : 0.2 * $0 },
    Definition(.relu6) { min(max($0, 0), 6) },
    Definition(.sigmoid, logistic),
    Definition(.tanh) { Foundation.tanh($0) },
    Definition(.elu(alpha: 1)) { $0 > 0 ? $0 : Foundation.expm1($0) },
    Definition(.elu(alpha: 0.5)) { $0 > 0 ? $0 : 0.5 * Foundation.expm1($0) },
    Definition(.elu(alpha: -0.5)) { $0 > 0 ? $0 : -0.5 * Foundation.expm1($0) },
    Definition(.selu) {
        1.0507009873554805 * ($0 > 0 ? $0 : 1.6732632423543772 * Foundation.expm1($0))
    },
    Definition(.gelu(approximate: false)) { 0.5 * $0 * (1 + Foundation.erf($0 / 2.0.squareRoot())) },
    Definition(.gelu(approximate: true)) {
        0.5 * $0 * (1 + Foundation.tanh((2 / Double.pi).squareRoot() * ($0 + 0.044715 * $0 * $0 * $0)))
    },
    Definition(.silu) { $0 * logistic($0) },
    Definition(.softplus, softplus),
    Definition(.softsign) { $0 / (1 + abs($0)) },
    Definition(.exponential) { Foundation.exp($0) },
    Definition(.hardSigmoid) { min(max($0 + 3, 0), 6) / 6 },
    Definition(.hardSiLU) { $0 * min(max($0 + 3, 0), 6) / 6 },
    Definition(.mish) { $0 * Foundation.tanh(softplus($0)) },
    Definition(.celu(alpha: 1.5)) { max($0, 0) + 1.5 * Foundation.expm1(min($0, 0) / 1.5) },
    Definition(.hardTanh) { min(max($0, -1), 1) },
    Definition(.hardShrink(threshold: 0.5)) { abs($0) > 0.5 ? $0 : 0 },
    Definition(.softShrink(threshold: 0.5)) { $0 > 0.5 ? $0 - 0.5 : $0 < -0.5 ? $0 + 0.5 : 0 },
    Definition(.tanhShrink) { $0 - Foundation.tanh($0) },
    Definition(.logSigmoid) { -softplus(-$0) },
    Definition(.squareplus(b: 4)) { ($0 + ($0 * $0 + 4).squareRoot()) / 2 },
    Definition(.sparsePlus) { $0 <= -1 ? 0 : $0 < 1 ? ($0 + 1) * ($0 + 1) / 4 : $0 },
    Definition(.sparseSigmoid) { $0 <= -1 ? 0 : $0 < 1 ? ($0 + 1) / 2 : 1 },
    Definition(.threshold(0.25, defaultValue: -3)) { $0 > 0.25 ? $0 : -3 },
]

@Suite struct ActivationKindTests {
    @Test(arguments: definitions) fileprivate func forwardIsTheDefinition(_ definition: Definition) {
        var numbers = Numbers()
        for count in edgeSizes {
            let x = numbers.floats(count, in: -8...8)
            let y = [Float](count: count) { definition.kind.forward(x, to: $0, count: count) }
            #expect(largestError(y, x.map { definition.function(Double($0)) }) < 1e-6)
            var inPlace = x
            inPlace.withUnsafeMutableBufferPointer {
                guard let base = $0.baseAddress else { return }
                definition.kind.forward(base, to: base, count: count)
            }
            #expect(inPlace == y)
        }
    }

    /// Central differences of the definition, away from its kinks.
    @Test(arguments: definitions) fileprivate func backwardIsTheSlope(_ definition: Definition) {
        let kinks: [Double] = [-3, -1, -0.5, 0, 0.25, 0.5, 1, 2, 3, 6]
        var numbers = Numbers()
        for count in edgeSizes {
            let x = numbers.floats(count, in: -8...8).map { x in
                kinks.contains { abs($0 - Double(x)) < 1e-3 } ? x + 0.01 : x
            }
            let dy = numbers.floats(count)
            let y = [Float](count: count) { definition.kind.forward(x, to: $0, count: count) }
            // What needs no input must not look at it.
            let seen = definition.kind.backwardNeedsInput ? x : [Float](repeating: .nan, count: count)
            let dx = [Float](count: count) {
                definition.kind.backward(x: seen, y: y, dy: dy, dx: $0, count: count)
            }
            let truth = zip(x, dy).map { x, dy in
                let (up, down) = (
                    definition.function(Double(x) + 1e-5), definition.function(Double(x) - 1e-5)
                )
                return Double(dy) * (up - down) / 2e-5
            }
            #expect(largestError(dx, truth) < 2e-6)
        }
    }

    /// The slopes that TensorFlow gives at the kinks, from `tf.GradientTape` over `keras.activations`.
    @Test func slopesAtTheKinks() {
        func slope(_ kind: ActivationKind, at x: Float) -> Float {
            let y = [Float](count: 1) { kind.forward([x], to: $0, count: 1) }
            return [Float](count: 1) { kind.backward(x: [x], y: y, dy: [1], dx: $0, count: 1) }[0]
        }
        #expect(slope(.relu(), at: 0) == 0)
        #expect(slope(.leakyReLU(negativeSlope: 0.2), at: 0) == 0.2)
        #expect(slope(.relu6, at: 0) == 0)
        #expect(slope(.relu6, at: 6) == 0)
        #expect(slope(.relu(maxValue: 2), at: 2) == 1)
        #expect(slope(.relu(maxValue: 6), at: 6) == 0)
        #expect(slope(.hardTanh, at: 1) == 1)
        #expect(slope(.hardTanh, at: -1) == 1)
        #expect(slope(.hardSigmoid, at: 3) == 0)
        #expect(slope(.hardShrink(threshold: 0.5), at: 0.5) == 0)
    }

    @Test func tailsNeitherOverflowNorLoseTheirSign() {
        let x: [Float] = [-.infinity, -200, 200, .infinity, .nan]
        func values(_ kind: ActivationKind) -> [Float] {
            [Float](count: 5) { kind.forward(x, to: $0, count: 5) }
        }
        #expect(values(.sigmoid)[0...3] == [0, 0, 1, 1])
        #expect(values(.tanh)[0...3] == [-1, -1, 1, 1])
        #expect(values(.softplus)[0...3] == [0, 0, 200, .infinity])
        #expect(values(.logSigmoid)[0...3] == [-.infinity, -200, 0, 0])
        #expect(values(.elu(alpha: 1))[0...3] == [-1, -1, 200, .infinity])
        #expect(values(.relu(threshold: 1))[0...3] == [0, 0, 200, .infinity])
        for kind in [
            ActivationKind.sigmoid, .tanh, .softplus, .elu(alpha: 1), .relu(), .gelu(approximate: false),
        ] {
            #expect(values(kind)[4].isNaN)
        }
    }
}
