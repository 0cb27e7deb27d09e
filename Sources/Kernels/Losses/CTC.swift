#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// Connectionist temporal classification (Graves et al., 2006): minus the logarithm of how probable it is that a path
/// through the steps spells a row's labels, blanks (class 0) and repetitions left out.
public struct CTC {
    private let steps: Int
    private let classes: Int
    private let labelCount: Int
    /// Logarithms of the classes' probabilities, of the paths' up to a step, and of those from a step and from the next.
    private let probabilities: UnsafeMutablePointer<Float>
    private let forwards: UnsafeMutablePointer<Float>
    private let onwards: UnsafeMutablePointer<Float>

    /// Floats that rows of these sizes need as `scratch`; nil when no `Int` holds it.
    public static func scratchCount(steps: Int, classes: Int, labels: Int) -> Int? {
        let states = labels.multipliedReportingOverflow(by: 2)
        let width = states.partialValue.addingReportingOverflow(1 + classes)
        let count = width.partialValue.multipliedReportingOverflow(by: steps + 2)
        return states.overflow || width.overflow || count.overflow ? nil : count.partialValue
    }

    /// For rows of `steps × classes` logits and at most `labels` labels.
    public init(steps: Int, classes: Int, labels: Int, scratch: UnsafeMutablePointer<Float>) {
        self.steps = steps
        self.classes = classes
        labelCount = labels
        probabilities = scratch
        forwards = scratch + steps * classes
        onwards = forwards + steps * (2 * labels + 1)
    }

    /// One row's loss: ∞ when its labels do not fit the steps, NaN when one of them is no class.
    public func value(_ labels: UnsafePointer<Float>, _ logits: UnsafePointer<Float>) -> Float {
        guard let states = states(labels) else { return .nan }
        return -total(labels, logits, states: states)
    }

    /// The derivative of one row's loss by its logits, times `scale`.
    public func gradient(
        _ labels: UnsafePointer<Float>, _ logits: UnsafePointer<Float>, scale: Float,
        to gradient: UnsafeMutablePointer<Float>
    ) {
        guard let states = states(labels) else {
            return fill(gradient, count: steps * classes, with: .nan)
        }
        let total = total(labels, logits, states: states)
        exp(probabilities, to: gradient, count: steps * classes)
        if total > -.infinity { subtractShares(labels, states: states, total: total, from: gradient) }
        multiply(gradient, scale, to: gradient, count: steps * classes)
    }

    /// Places in the path: labels with blanks between and around them; nil when a label is no class.
    private func states(_ labels: UnsafePointer<Float>) -> Int? {
        var count = 0
        for index in 0..<labelCount where labels[index] != 0 { count += 1 }
        for index in 0..<count where labelPlace(labels[index], classes) == nil { return nil }
        return 2 * count + 1
    }

    @inline(__always)
    private func label(_ labels: UnsafePointer<Float>, _ state: Int) -> Int {
        state % 2 == 0 ? 0 : Int(labels[state / 2])
    }

    /// Whether a path may come to a state from two before it: not from a label to the same one.
    @inline(__always)
    private func maySkip(_ labels: UnsafePointer<Float>, _ state: Int) -> Bool {
        state % 2 == 1 && state > 1 && labels[state / 2] != labels[state / 2 - 1]
    }

    /// The logarithm of the probability of all paths; leaves those up to each step in `forwards`.
    private func total(_ labels: UnsafePointer<Float>, _ logits: UnsafePointer<Float>, states: Int) -> Float {
        logSoftmax(logits, to: probabilities, outer: steps, axis: classes)
        for step in 0..<steps {
            let (now, before) = (forwards + step * states, forwards + (step - 1) * states)
            for state in 0..<states {
                var reached: Float = step == 0 && state < 2 ? 0 : -.infinity
                if step > 0 {
                    reached = before[state]
                    if state > 0 { reached = logSum(reached, before[state - 1]) }
                    if maySkip(labels, state) { reached = logSum(reached, before[state - 2]) }
                }
                now[state] = reached + probabilities[step * classes + label(labels, state)]
            }
        }
        let last = forwards + (steps - 1) * states
        return states > 1 ? logSum(last[states - 1], last[states - 2]) : last[0]
    }

    /// Takes from each class at each step the share of the paths that go through it.
    private func subtractShares(
        _ labels: UnsafePointer<Float>, states: Int, total: Float, from gradient: UnsafeMutablePointer<Float>
    ) {
        var (now, next) = (onwards, onwards + states)
        for step in (0..<steps).reversed() {
            for state in 0..<states {
                var ahead: Float = step == steps - 1 && state >= states - 2 ? 0 : -.infinity
                if step < steps - 1 {
                    for target in state..<min(state + 3, states)
                    where target < state + 2 || maySkip(labels, target) {
                        let emitted = probabilities[(step + 1) * classes + label(labels, target)]
                        ahead = logSum(ahead, next[target] + emitted)
                    }
                }
                now[state] = ahead
                let share = expf(forwards[step * states + state] + ahead - total)
                gradient[step * classes + label(labels, state)] -= share
            }
            swap(&now, &next)
        }
    }
}

/// `ln(e^a + e^b)`.
@inline(__always)
private func logSum(_ a: Float, _ b: Float) -> Float {
    let peak = max(a, b)
    return peak == -.infinity ? peak : peak + log1pf(expf(min(a, b) - peak))
}
