import Foundation
import Kernels
import Testing

/// What Keras 3.15 (TensorFlow) makes of the parameters `[1, −2, 0.5, 0, 3]` in five steps with the gradients of
/// `gradient(step:)`; hyperparameters as in `steps(of:)`, otherwise the defaults.
private let kerasParameters: [String: [Double]] = [
    "sgd": [0.74999994, -1.8750001, 0.40000001, -0.10000001, 2.5433335],
    "momentum": [0.34279501, -1.6713974, 0.25339004, -0.18559001, 1.5214133],
    "nesterov": [0.15851548, -1.5792577, 0.17805102, -0.26703101, 1.2126054],
    "rmsprop": [0.89354724, -1.8935477, 0.47353494, -0.10997376, 2.92998],
    "rmspropMomentum": [0.82089382, -1.8208944, 0.45808154, -0.1720238, 2.8762691],
    "rmspropCentered": [0.87728977, -1.8772901, 0.47140276, -0.12270552, 2.9231362],
    "rmspropBoth": [0.79633564, -1.7963364, 0.45412979, -0.19022098, 2.8649616],
    "adagrad": [0.70599604, -1.7574703, 0.42196986, -0.20627366, 2.7914701],
    "adam": [0.95000058, -1.9500009, 0.48565066, -0.033456385, 2.9559855],
    "amsgrad": [0.95000005, -1.95, 0.48565054, -0.026393242, 2.9606612],
    "adamw": [0.9451105, -1.9401207, 0.48320022, -0.033408806, 2.9411089],
    "adamax": [0.95000005, -1.95, 0.48565054, -0.021575607, 2.9676154],
    "nadam": [0.96040231, -1.9604024, 0.48990226, -0.039945982, 2.9728158],
    "adadelta": [0.99279422, -1.9927944, 0.498566, -0.0079006404, 2.9961157],
    "ftrl": [0.11996823, -0.10844982, 0.23972274, -0.16442047, 2.1779952],
    "ftrlPower": [0.2648657, -0.25760907, 0.33260199, -0.27978382, 2.6244226],
    "lion": [0.95000005, -1.95, 0.49000001, -0.039999999, 2.95],
]

private func gradient(step: Int) -> [Float] {
    [0.5, -0.25, step % 2 == 0 ? 1 : -1, 0.1 * Float(step), 2 / Float(step + 1)]
}

private typealias Pointer = UnsafeMutablePointer<Float>

/// A step (from 1): parameters, gradients, their count, and three slots.
private typealias Update = (Int, Pointer, UnsafePointer<Float>, Int, Pointer, Pointer, Pointer) -> Void

/// The parameters after five steps, updated one span of `piece` elements after another.
private func run(piece: Int, slot: Float, _ update: Update) -> [Float] {
    var state: [Float] =
        [1, -2, 0.5, 0, 3] + [Float](repeating: slot, count: 5) + [Float](repeating: 0, count: 10)
    for step in 0..<5 {
        let gradient = gradient(step: step)
        for start in stride(from: 0, to: 5, by: piece) {
            state.withUnsafeMutableBufferPointer { state in
                gradient.withUnsafeBufferPointer { gradient in
                    guard let p = state.baseAddress, let g = gradient.baseAddress else { return }
                    let at = p + start
                    update(step + 1, at, g + start, min(piece, 5 - start), at + 5, at + 10, at + 15)
                }
            }
        }
    }
    return Array(state[..<5])
}

@Suite struct OptimizersTests {
    private func check(
        _ name: String, slot: Float = 0, _ update: Update
    ) {
        for piece in [5, 2] {
            let parameters = run(piece: piece, slot: slot, update)
            #expect(largestError(parameters, kerasParameters[name] ?? []) < 1e-6, "\(name)")
        }
    }

    @Test func gradientDescent() {
        check("sgd") { _, p, g, n, _, _, _ in updateSGD(p, gradient: g, count: n, learningRate: 0.1) }
        for nesterov in [false, true] {
            check(nesterov ? "nesterov" : "momentum") { _, p, g, n, m, _, _ in
                updateMomentumSGD(
                    p, gradient: g, count: n, learningRate: 0.1, momentum: 0.9, nesterov: nesterov,
                    momentums: m)
            }
        }
        check("lion") { _, p, g, n, m, _, _ in
            updateLion(p, gradient: g, count: n, learningRate: 0.01, beta1: 0.9, beta2: 0.99, momentums: m)
        }
    }

    @Test(arguments: [
        ("rmsprop", Float(0), false), ("rmspropMomentum", 0.5, false), ("rmspropCentered", 0, true),
        ("rmspropBoth", 0.5, true),
    ])
    func rmsprop(name: String, momentum: Float, centered: Bool) {
        check(name) { _, p, g, n, v, m, a in
            updateRMSprop(
                p, gradient: g, count: n, learningRate: 0.01, rho: 0.9, momentum: momentum, epsilon: 1e-7,
                velocities: v, momentums: momentum > 0 ? m : nil, averageGradients: centered ? a : nil)
        }
    }

    @Test func adagradAndAdadelta() {
        check("adagrad", slot: 0.1) { _, p, g, n, a, _, _ in
            updateAdagrad(p, gradient: g, count: n, learningRate: 0.1, epsilon: 1e-7, accumulators: a)
        }
        check("adadelta") { _, p, g, n, a, d, _ in
            updateAdadelta(
                p, gradient: g, count: n, learningRate: 1, rho: 0.95, epsilon: 1e-7, accumulatedGradients: a,
                accumulatedDeltas: d)
        }
    }

    @Test(arguments: ["adam", "amsgrad", "adamw"]) func adam(name: String) {
        let beta2 = name == "amsgrad" ? 0.5 : 0.999
        check(name) { step, p, g, n, m, v, hat in
            if name == "adamw" { decayWeights(p, count: n, learningRate: 0.01, weightDecay: 0.1) }
            let t = Double(step)
            let stepSize = 0.01 * (1 - pow(beta2, t)).squareRoot() / (1 - pow(0.9, t))
            updateAdam(
                p, gradient: g, count: n, stepSize: Float(stepSize), beta1: 0.9, beta2: beta2,
                epsilon: 1e-7, momentums: m, velocities: v, velocityHats: name == "amsgrad" ? hat : nil)
        }
    }

    @Test func adamaxAndNadam() {
        check("adamax") { step, p, g, n, m, u, _ in
            updateAdamax(
                p, gradient: g, count: n, learningRate: 0.01, correction: Float(1 - pow(0.9, Double(step))),
                beta1: 0.9, beta2: 0.999, epsilon: 1e-7, momentums: m, norms: u)
        }
        func momentum(_ t: Int) -> Double { 0.9 * (1 - 0.5 * pow(0.96, Double(t))) }
        check("nadam") { step, p, g, n, m, v, _ in
            let product = (1...step).reduce(1.0) { $0 * momentum($1) }
            updateNadam(
                p, gradient: g, count: n, learningRate: 0.01,
                momentumFactor: Float(momentum(step + 1) / (1 - product * momentum(step + 1))),
                gradientFactor: Float((1 - momentum(step)) / (1 - product)),
                velocityCorrection: Float(1 - pow(0.999, Double(step))), beta1: 0.9, beta2: 0.999,
                epsilon: 1e-7,
                momentums: m, velocities: v)
        }
    }

    @Test func ftrl() {
        check("ftrl", slot: 0.1) { _, p, g, n, a, l, _ in
            updateFtrl(
                p, gradient: g, count: n, learningRate: 0.1, learningRatePower: -0.5, l1Regularization: 0.01,
                l2Regularization: 0.02, l2Shrinkage: 0.03, beta: 0.1, accumulators: a, linears: l)
        }
        check("ftrlPower", slot: 0.1) { _, p, g, n, a, l, _ in
            updateFtrl(
                p, gradient: g, count: n, learningRate: 0.1, learningRatePower: -0.7, l1Regularization: 0,
                l2Regularization: 0, l2Shrinkage: 0, beta: 0, accumulators: a, linears: l)
        }
    }
}
