import Kernels
import Protocol

/// An optimizer at work: regularization's share of the gradient, clipping, weight decay, the rule itself, averaging
/// and constraints, in Keras's order (keras/src/optimizers/base_optimizer.py, `apply`).
final class Optimization {
    private let rate: LearningRateRun
    /// Whether a schedule rules the rate, so that no callback may set it.
    let hasSchedule: Bool
    private let update: OptimizerUpdate
    /// The same where the rest of a step can be done in its pass.
    private let flat: FlatUpdate?
    private let variables: Variables
    private let team: ThreadTeam
    private let slots: [OptimizerSlot]
    private let slotValues: [UnsafeMutablePointer<Float>]
    private let slotCounts: [Int]
    private let average: UnsafeMutablePointer<Float>?
    private let accumulated: UnsafeMutablePointer<Float>?
    private let penalties: WeightPenalties
    private let constraints: [(ConstraintOperation, WeightSlot)]
    private let settings: Settings
    /// Where the slots lie.
    private let memory: Arena.Memory

    /// Steps seen, each batch one, as Keras's `_iterations`.
    private(set) var iterations = 0
    /// The rate that a callback has set; the optimizer's own when nil.
    var learningRateOverride: Float?

    /// The arguments that all optimizers share.
    private struct Settings {
        let weightDecay: Float?
        let clipNorm: Float?
        let globalClipNorm: Float?
        let clipValue: Float?
        let averageMomentum: Float?
        let overwriteFrequency: Int?
        let accumulationSteps: Int

        init(_ arguments: Arguments) {
            weightDecay = arguments.optionalNumber("weight_decay").map { Float($0) }
            clipNorm = arguments.optionalNumber("clipnorm").map { Float($0) }
            globalClipNorm = arguments.optionalNumber("global_clipnorm").map { Float($0) }
            clipValue = arguments.optionalNumber("clipvalue").map { Float($0) }
            averageMomentum = arguments.bool("use_ema") ? arguments.float("ema_momentum") : nil
            overwriteFrequency = arguments.optionalInteger("ema_overwrite_frequency")
            accumulationSteps = arguments.optionalInteger("gradient_accumulation_steps") ?? 1
        }
    }

    init(
        _ optimizer: any Optimizer, _ variables: Variables, _ penalties: WeightPenalties, arena: Arena,
        team: ThreadTeam
    ) throws {
        rate = try optimizer.learningRate.makeRun()
        hasSchedule = if case .schedule = optimizer.learningRate { true } else { false }
        self.penalties = penalties
        self.variables = variables
        self.team = team
        settings = Settings(optimizer.configuration)
        memory = arena.memory
        let slots = optimizer.slots(for: variables.trainable.map(\.slot.shape))
        let slotCounts = slots.map { $0.count ?? variables.count }
        let slotValues: [UnsafeMutablePointer<Float>] = try slotCounts.map { try arena.take($0) }
        for ((slot, count), values) in zip(zip(slots, slotCounts), slotValues) where slot.initialValue != 0 {
            Kernels.fill(values, count: count, with: slot.initialValue)
        }
        self.slots = slots
        self.slotCounts = slotCounts
        self.slotValues = slotValues
        average = settings.averageMomentum == nil ? nil : try arena.take(variables.count)
        accumulated = settings.accumulationSteps == 1 ? nil : try arena.take(variables.count)
        constraints = try variables.trainable.compactMap { slot, description in
            try description.constraint.map { (try $0.makeOperation(shape: slot.shape), slot) }
        }
        update = try optimizer.makeUpdate(
            OptimizerSite(
                variables: variables.trainable.map(\.slot),
                paths: variables.trainable.map(\.description.path), values: variables.values,
                gradients: variables.gradients,
                count: variables.count, slots: slotValues, threads: team.threads,
                arena: arena))
        flat = update as? FlatUpdate
        if settings.clipNorm == nil, settings.globalClipNorm == nil, settings.accumulationSteps == 1 {
            try flat?.followTouchedRows { variables.trainable[$0].description.regularizer == nil }
        }
    }

    /// The rate of the next step.
    var learningRate: Float { learningRateOverride ?? rate.rate(at: iterations) }

    /// Changes the trained variables by the gradients that stand beside them.
    func step() {
        defer { iterations += 1 }
        guard variables.count > 0 else { return }
        if iterations == 0 { update.begin() }
        penalties.addGradients()
        if let accumulated {
            guard isUpdateStep(accumulated) else {
                ElementwiseSteps(average: averaging).endRule(variables.values, at: 0, count: variables.count)
                constrain()
                return
            }
        }
        if let norm = settings.clipNorm { clipEach(to: norm) }
        let rate = learningRate
        var steps = ElementwiseSteps()
        steps.gradientFactor = globalFactor()
        steps.gradientLimit = settings.clipNorm == nil ? settings.clipValue : nil
        if !update.decaysWeights, let decay = settings.weightDecay {
            // Keras computes variable - variable * decay * rate.
            steps.decay = 1 - decay * rate
        }
        steps.average = averaging
        let iteration = iterations / settings.accumulationSteps
        if let flat {
            flat.apply(learningRate: rate, iteration: iteration, besides: steps, team: team)
        } else {
            // One after the other, for a rule that needs whole variables.
            steps.beginRule(variables.values, gradients: variables.gradients, count: variables.count)
            update.apply(learningRate: rate, iteration: iteration, team: team)
            steps.endRule(variables.values, at: 0, count: variables.count)
        }
        constrain()
    }

    /// Adds the gradients to those of the steps before; true when it is time to use the mean.
    private func isUpdateStep(_ accumulated: UnsafeMutablePointer<Float>) -> Bool {
        let steps = settings.accumulationSteps
        guard (iterations + 1) % steps == 0 else {
            Kernels.add(variables.gradients, accumulated, to: accumulated, count: variables.count)
            return false
        }
        Kernels.add(variables.gradients, accumulated, to: variables.gradients, count: variables.count)
        Kernels.multiply(
            variables.gradients, 1 / Float(steps), to: variables.gradients, count: variables.count)
        Kernels.fill(accumulated, count: variables.count, with: 0)
        return true
    }

    /// Shortens the gradient of each variable that is longer than `norm`.
    private func clipEach(to norm: Float) {
        for (slot, _) in variables.trainable {
            guard let gradient = slot.gradient else { continue }
            let length = Float(Kernels.sumOfSquares(gradient, count: slot.count).squareRoot())
            if length > norm {
                Kernels.multiply(gradient, norm / length, to: gradient, count: slot.count)
            }
        }
    }

    /// What shortens all gradients together; nil where they are short enough.
    private func globalFactor() -> Float? {
        guard settings.clipNorm == nil, let norm = settings.globalClipNorm else { return nil }
        let length = Float(Kernels.sumOfSquares(variables.gradients, count: variables.count).squareRoot())
        let factor = norm * min(1 / length, 1 / norm) + (length - length)
        return factor == 1 ? nil : factor
    }

    /// Where this step's weights are averaged; nil where they are not.
    private var averaging: (values: UnsafeMutablePointer<Float>, kept: Float)? {
        guard let average, let momentum = settings.averageMomentum else { return nil }
        // Keras asks its iterations property, which counts updates, not batches.
        return (average, iterations / settings.accumulationSteps == 0 ? 0 : momentum)
    }

    /// Has averages take the weights' place when it is time, and holds weights to their constraints, as after each of
    /// Keras's steps.
    private func constrain() {
        if let average, let frequency = settings.overwriteFrequency,
            (iterations / settings.accumulationSteps + 1) % frequency == 0
        {
            Kernels.copy(average, to: variables.values, count: variables.count)
        }
        for (constraint, slot) in constraints { constraint.apply(slot.values) }
    }

    /// Keras's `finalize_variable_values`: the averages become the weights.
    func finish() {
        if let average, iterations > 0 { Kernels.copy(average, to: variables.values, count: variables.count) }
    }

    /// Whether the weights are averaged.
    var keepsAverages: Bool { average != nil }

    /// Makes the weights the averages.
    func copyWeightsToAverages() {
        if let average { Kernels.copy(variables.values, to: average, count: variables.count) }
    }

    /// Exchanges the averages with the weights; false when there are none.
    func exchangeAverages() -> Bool {
        guard let average, iterations > 0 else { return false }
        for index in 0..<variables.count { swap(&average[index], &variables.values[index]) }
        return true
    }
}

extension Optimization {
    /// All that it keeps from step to step, with the slots where they lie, lent to those who are done with them before
    /// the next step.
    var lentState: OptimizerState {
        OptimizerState(
            iterations: iterations, learningRate: learningRateOverride,
            slots: buffers.map { name, values, count in
                Variable(
                    path: name, shape: [count],
                    lent: UnsafeRawBufferPointer(UnsafeBufferPointer(start: values, count: count)),
                    owner: memory)
            })
    }

    /// Goes on from what it has kept.
    func load(_ state: OptimizerState) {
        iterations = state.iterations
        learningRateOverride = state.learningRate
        for (buffer, slot) in zip(buffers, state.slots) where buffer.count == slot.count {
            slot.withUnsafeBytes { $0.copy(to: buffer.values, count: buffer.count) }
        }
    }

    private var buffers: [(name: String, values: UnsafeMutablePointer<Float>, count: Int)] {
        var all = zip(slots, zip(slotValues, slotCounts)).map { ($0.name, $1.0, $1.1) }
        if let average { all.append(("average", average, variables.count)) }
        if let accumulated { all.append(("accumulated_gradient", accumulated, variables.count)) }
        return all
    }
}
