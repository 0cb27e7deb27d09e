extension ExpressionRun {
    /// Calculates one step's value from its operands' values.
    func execute(_ index: Int) {
        let step = steps[index]
        guard let result = step.value else { return unbound(index) }
        switch step.instruction.operation {
        case .input, .constant, .alias: return
        default: break
        }
        guard let x = value(step, 0) else { return unbound(index) }
        let loop = step.loop
        switch step.instruction.operation {
        case .input, .constant, .alias: break
        case .unary(let function): loop.apply(function, x, into: result)
        case .view: loop.gather(x, into: result)
        case .reduce(let reduction, _, _): loop.reduce(reduction, x, into: result)
        case .cumulativeSum: loop.cumulativeSum(x, into: result)
        case .softmax(let isLogarithm, _, _): loop.softmax(isLogarithm: isLogarithm, x, into: result)
        case .oneHot: loop.oneHot(x, into: result)
        case .binary(let function):
            guard let y = value(step, 1) else { return unbound(index) }
            loop.apply(function, x, y, into: result)
        case .select:
            guard let y = value(step, 1), let z = value(step, 2) else { return unbound(index) }
            for element in 0..<loop.count { result[element] = x[element] != 0 ? y[element] : z[element] }
        case .matmul:
            guard let y = value(step, 1), let scratch = scratch.baseAddress else { return unbound(index) }
            loop.multiply(x, y, into: result, scratch: scratch)
        case .concatenate:
            guard let y = value(step, 1) else { return unbound(index) }
            let width = loop.length * loop.inner
            let total = loop.count / loop.outer
            for row in 0..<loop.outer {
                (result + row * total).update(from: x + row * width, count: width)
                (result + row * total + width).update(from: y + row * (total - width), count: total - width)
            }
        }
    }

    /// The value of a step's operand.
    func value(_ step: ExpressionStep, _ place: Int) -> UnsafePointer<Float>? {
        steps[step.instruction.operand(place)].value.map { UnsafePointer($0) }
    }

    private func unbound(_ index: Int) {
        // safe: only an input that the caller never bound has no memory.
        preconditionFailure("an input of the expression is not bound (step \(index))")
    }
}
