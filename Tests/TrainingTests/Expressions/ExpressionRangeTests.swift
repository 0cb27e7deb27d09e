import Foundation
import Testing
import Training

@Suite("Functions of one element over their whole range")
struct ExpressionRangeTests {
    /// The same functions in double precision, from the C library.
    private static let functions: [(name: String, reference: @Sendable (Double) -> Double)] = [
        ("exp", { exp($0) }), ("expm1", { expm1($0) }), ("log", { log($0) }), ("log1p", { log1p($0) }),
        ("sinh", { sinh($0) }), ("cosh", { cosh($0) }), ("tanh", { tanh($0) }), ("erf", { erf($0) }),
        ("sigmoid", { 1 / (1 + exp(-$0)) }), ("softplus", { max($0, 0) + log1p(exp(-abs($0))) }),
        ("sin", { sin($0) }), ("cos", { cos($0) }), ("sqrt", { $0.squareRoot() }), ("log2", { log2($0) }),
        ("arcsinh", { asinh($0) }), ("arctan", { atan($0) }), ("rsqrt", { 1 / $0.squareRoot() }),
    ]

    @Test("Agree with double precision to a few units in the last place", arguments: functions.indices)
    func agrees(_ index: Int) throws {
        let (name, reference) = Self.functions[index]
        var values: [Float] = [
            0, -0.0, 1, -1, .infinity, -.infinity, .nan, 88, -88, 44.5, -44.5, 1e-20, -1e-20,
        ]
        for step in -400...400 {
            values.append(Float(step) * 0.0625)
            values.append(Float(step) * 1e-4)
        }
        let input = ExpressionInput("x", shape: [nil])
        let found = try ExpressionBench("ops.\(name)(x)", [(input, values)], rows: values.count).run().value
        let wanted = values.map { Float(reference(Double($0))) }
        #expect(difference(found, wanted, absolute: 1e-7, relative: 1e-6) == nil)
    }
}
