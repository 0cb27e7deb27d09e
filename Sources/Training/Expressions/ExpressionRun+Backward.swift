extension ExpressionRun {
    /// Adds to the gradients of a step's operands what its own gradient gives them.
    func differentiate(_ index: Int) {
        let step = steps[index]
        let loop = step.loop
        guard let slope = step.gradient.map({ UnsafePointer($0) }), let result = step.value else { return }
        switch step.instruction.operation {
        case .input, .constant, .alias, .oneHot: break
        case .unary(let function):
            guard let x = value(step, 0), let target = gradient(step, 0) else { return }
            loop.accumulateSlope(of: function, x, UnsafePointer(result), slope, into: target)
        case .binary(let function):
            guard let x = value(step, 0), let y = value(step, 1) else { return }
            if let target = gradient(step, 0) {
                loop.accumulateFirstSlope(of: function, x, y, UnsafePointer(result), slope, into: target)
            }
            if let target = gradient(step, 1) {
                loop.accumulateSecondSlope(of: function, x, y, UnsafePointer(result), slope, into: target)
            }
        case .select:
            guard let condition = value(step, 0) else { return }
            if let target = gradient(step, 1) {
                for element in 0..<loop.count where condition[element] != 0 {
                    target[element] += slope[element]
                }
            }
            if let target = gradient(step, 2) {
                for element in 0..<loop.count where condition[element] == 0 {
                    target[element] += slope[element]
                }
            }
        case .reduce(let reduction, _, _):
            guard let x = value(step, 0), let target = gradient(step, 0) else { return }
            loop.accumulateSlope(of: reduction, x, UnsafePointer(result), slope, into: target)
        case .cumulativeSum:
            if let target = gradient(step, 0) { loop.accumulateSuffixSum(slope, into: target) }
        case .softmax(let isLogarithm, _, _):
            guard let target = gradient(step, 0), let own = step.gradient else { return }
            loop.accumulateSoftmaxSlope(isLogarithm: isLogarithm, result, own, into: target)
        case .view:
            if let target = gradient(step, 0) { loop.scatter(slope, into: target) }
        case .matmul:
            guard let x = value(step, 0), let y = value(step, 1), let scratch = scratch.baseAddress else {
                return
            }
            if let target = gradient(step, 0) {
                loop.accumulateLeftSlope(slope, y, into: target, scratch: scratch)
            }
            if let target = gradient(step, 1) {
                loop.accumulateRightSlope(x, slope, into: target, scratch: scratch)
            }
        case .concatenate:
            let width = loop.length * loop.inner
            let total = loop.count / loop.outer
            for row in 0..<loop.outer {
                if let target = gradient(step, 0) {
                    addElements(width, slope + row * total, into: target + row * width)
                }
                if let target = gradient(step, 1) {
                    let rest = total - width
                    addElements(rest, slope + row * total + width, into: target + row * rest)
                }
            }
        }
    }

    /// The gradient of a step's operand, if it takes one.
    private func gradient(_ step: ExpressionStep, _ place: Int) -> UnsafeMutablePointer<Float>? {
        let operand = steps[step.instruction.operand(place)]
        return operand.instruction.needsGradient ? operand.gradient : nil
    }
}
