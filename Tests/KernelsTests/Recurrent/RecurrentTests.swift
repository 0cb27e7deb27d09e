import Foundation
import Kernels
import Testing

private func logistic(_ x: Double) -> Double { 1 / (1 + Foundation.exp(-x)) }

/// Central differences of `loss` for each element of `x`.
private func differences(_ x: [Float], _ loss: ([Double]) -> Double) -> [Double] {
    x.indices.map { index in
        func at(_ step: Double) -> Double {
            var moved = x.map(Double.init)
            moved[index] += step
            return loss(moved)
        }
        return (at(1e-5) - at(-1e-5)) / 2e-5
    }
}

@Suite struct RecurrentTests {
    private static let shapes = [(1, 1), (2, 3), (3, 8), (2, 13)]

    /// Keras's LSTMCell in double precision: `[h, c]` of every unit.
    private func lstm(_ z: [Double], _ c: [Double], _ rows: Int, _ units: Int) -> (h: [Double], c: [Double]) {
        var (h, carry) = (c, c)
        for row in 0..<rows {
            for unit in 0..<units {
                func gate(_ index: Int) -> Double { z[row * 4 * units + index * units + unit] }
                let place = row * units + unit
                carry[place] = logistic(gate(1)) * c[place] + logistic(gate(0)) * Foundation.tanh(gate(2))
                h[place] = logistic(gate(3)) * Foundation.tanh(carry[place])
            }
        }
        return (h, carry)
    }

    @Test(arguments: shapes) func lstmBothWays(rows: Int, units: Int) {
        var numbers = Numbers()
        let (z, c) = (numbers.floats(rows * 4 * units, in: -2...2), numbers.floats(rows * units))
        let (dh, dc) = (numbers.floats(rows * units), numbers.floats(rows * units))
        var (gates, carry, carryTanh) = (z, c, c)
        let h = [Float](count: rows * units) {
            lstmForward(
                z: &gates, previousCarry: c, carry: &carry, carryTanh: &carryTanh, h: $0, rows: rows,
                units: units)
        }
        let truth = lstm(z.map(Double.init), c.map(Double.init), rows, units)
        #expect(largestError(h, truth.h) < 1e-6 && largestError(carry, truth.c) < 1e-6)

        var dCarry = dc
        let dz = [Float](count: z.count) {
            lstmBackward(
                gates: gates, previousCarry: c, carryTanh: carryTanh, dh: dh, dCarry: &dCarry, dz: $0,
                rows: rows,
                units: units)
        }
        func loss(_ z: [Double], _ c: [Double]) -> Double {
            let out = lstm(z, c, rows, units)
            return zip(out.h, dh).reduce(0) { $0 + $1.0 * Double($1.1) }
                + zip(out.c, dc).reduce(0) { $0 + $1.0 * Double($1.1) }
        }
        #expect(largestError(dz, differences(z) { loss($0, c.map(Double.init)) }) < 1e-6)
        #expect(largestError(dCarry, differences(c) { loss(z.map(Double.init), $0) }) < 1e-6)
    }

    /// Keras's GRUCell with `reset_after` in double precision.
    private func gruAfter(_ x: [Double], _ inner: [Double], _ h: [Double], _ units: Int) -> [Double] {
        h.indices.map { place in
            let base = place / units * 3 * units + place % units
            let z = logistic(x[base] + inner[base])
            let r = logistic(x[base + units] + inner[base + units])
            let candidate = Foundation.tanh(x[base + 2 * units] + r * inner[base + 2 * units])
            return z * h[place] + (1 - z) * candidate
        }
    }

    @Test(arguments: shapes) func gruWithResetAfterBothWays(rows: Int, units: Int) {
        var numbers = Numbers()
        let (x, inner) = (
            numbers.floats(rows * 3 * units, in: -2...2), numbers.floats(rows * 3 * units, in: -2...2)
        )
        let (before, dh) = (numbers.floats(rows * units), numbers.floats(rows * units))
        var gates = x
        let h = [Float](count: rows * units) {
            gruForward(x: &gates, inner: inner, previousH: before, h: $0, rows: rows, units: units)
        }
        func wide(_ x: [Float]) -> [Double] { x.map(Double.init) }
        #expect(largestError(h, gruAfter(wide(x), wide(inner), wide(before), units)) < 1e-6)
        var (dx, dInner, dBefore) = (x, inner, before)
        gruBackward(
            gates: gates, inner: inner, previousH: before, dh: dh, dPreviousH: &dBefore, dx: &dx,
            dInner: &dInner,
            rows: rows, units: units)
        func loss(_ x: [Double], _ inner: [Double], _ before: [Double]) -> Double {
            zip(gruAfter(x, inner, before, units), dh).reduce(0) { $0 + $1.0 * Double($1.1) }
        }
        #expect(largestError(dx, differences(x) { loss($0, wide(inner), wide(before)) }) < 1e-6)
        #expect(largestError(dInner, differences(inner) { loss(wide(x), $0, wide(before)) }) < 1e-6)
        #expect(largestError(dBefore, differences(before) { loss(wide(x), wide(inner), $0) }) < 1e-6)
    }

    /// Without `reset_after`, with a diagonal recurrent kernel of the candidate, so that each unit stands alone.
    @Test(arguments: shapes) func gruWithResetBeforeBothWays(rows: Int, units: Int) {
        var numbers = Numbers()
        let (x, inner) = (
            numbers.floats(rows * 3 * units, in: -2...2), numbers.floats(rows * 2 * units, in: -2...2)
        )
        let (before, dh) = (numbers.floats(rows * units), numbers.floats(rows * units))
        let weight: Float = 0.75
        func truth(_ x: [Double], _ inner: [Double], _ h: [Double]) -> [Double] {
            h.indices.map { place in
                let (row, unit) = (place / units, place % units)
                let z = logistic(x[row * 3 * units + unit] + inner[row * 2 * units + unit])
                let r = logistic(x[row * 3 * units + units + unit] + inner[row * 2 * units + units + unit])
                let candidate = Foundation.tanh(
                    x[row * 3 * units + 2 * units + unit] + Double(weight) * r * h[place])
                return z * h[place] + (1 - z) * candidate
            }
        }
        var (gates, resetH) = (x, before)
        gruGates(x: &gates, inner: inner, previousH: before, resetH: &resetH, rows: rows, units: units)
        let product = resetH.map { $0 * weight }
        let h = [Float](count: rows * units) {
            gruCandidate(x: &gates, inner: product, previousH: before, h: $0, rows: rows, units: units)
        }
        func wide(_ x: [Float]) -> [Double] { x.map(Double.init) }
        #expect(largestError(h, truth(wide(x), wide(inner), wide(before))) < 1e-6)
        var (dx, dBefore) = (x, before)
        gruCandidateBackward(
            gates: gates, previousH: before, dh: dh, dPreviousH: &dBefore, dx: &dx, rows: rows, units: units)
        let dResetH = (0..<(rows * units)).map {
            dx[$0 / units * 3 * units + 2 * units + $0 % units] * weight
        }
        gruGatesBackward(
            gates: gates, previousH: before, dResetH: dResetH, dPreviousH: &dBefore, dx: &dx, rows: rows,
            units: units)
        func loss(_ x: [Double], _ before: [Double]) -> Double {
            zip(truth(x, wide(inner), before), dh).reduce(0) { $0 + $1.0 * Double($1.1) }
        }
        #expect(largestError(dx, differences(x) { loss($0, wide(before)) }) < 1e-6)
        #expect(largestError(dBefore, differences(before) { loss(wide(x), $0) }) < 1e-6)
    }

    @Test func rowsMayLieApart() {
        var numbers = Numbers()
        let (z, c) = (numbers.floats(2 * 20), numbers.floats(2 * 5))
        var (dense, carry, carryTanh) = (z, c, c)
        let h = [Float](count: 10) {
            lstmForward(
                z: &dense, previousCarry: c, carry: &carry, carryTanh: &carryTanh, h: $0, rows: 2, units: 5)
        }
        var apart = [Float](repeating: 9, count: 2 * 23)
        for row in 0..<2 {
            apart.replaceSubrange((row * 23)..<(row * 23 + 20), with: z[(row * 20)..<(row * 20 + 20)])
        }
        let hApart = [Float](count: 14) {
            lstmForward(
                z: &apart, zLeading: 23, previousCarry: c, carry: &carry, carryTanh: &carryTanh, h: $0,
                hLeading: 7,
                rows: 2, units: 5)
        }
        #expect(hApart[..<5] == h[..<5] && hApart[7..<12] == h[5...] && hApart[5] == -77)
        #expect(apart[20] == 9)
    }
}
