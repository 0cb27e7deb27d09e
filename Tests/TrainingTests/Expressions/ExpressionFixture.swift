import Foundation
import Protocol
import Testing

/// What Keras gave for expressions: `Tests/Fixtures/Expressions/expressions.json`.
struct ExpressionFixture: Sendable {
    struct Array: Sendable {
        let shape: [Int?]
        let rows: Int?
        let values: [Float]
    }

    struct Case: Sendable, CustomTestStringConvertible {
        let expression: String
        let inputs: [String]
        let shape: [Int]
        let value: [Float]
        let gradients: [String: [Float]]?

        var testDescription: String { expression }
    }

    let arrays: [String: Array]
    let cases: [Case]

    static let keras: ExpressionFixture = {
        do { return try ExpressionFixture() } catch { return ExpressionFixture(arrays: [:], cases: []) }
    }()

    private init(arrays: [String: Array], cases: [Case]) {
        self.arrays = arrays
        self.cases = cases
    }

    private init() throws {
        let tests = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let data = try Data(contentsOf: tests.appending(path: "Fixtures/Expressions/expressions.json"))
        let document = try JSONValue(parsing: data)
        var arrays: [String: Array] = [:]
        for (name, value) in document["arrays"]?.object ?? [:] {
            let shape = Self.integers(value["shape"])
            let isBatch = value["batch"]?.bool == true
            arrays[name] = Array(
                shape: shape.enumerated().map { $0 == 0 && isBatch ? nil : $1 },
                rows: isBatch ? shape[0] : nil, values: Self.floats(value["values"]))
        }
        cases = (document["cases"]?.array ?? []).map { value in
            Case(
                expression: value["expression"]?.string ?? "",
                inputs: (value["inputs"]?.array ?? []).compactMap(\.string),
                shape: Self.integers(value["shape"]), value: Self.floats(value["value"]),
                gradients: value["gradients"]?.object.map { gradients in
                    Dictionary(uniqueKeysWithValues: gradients.map { ($0.key, Self.floats($0.value)) })
                })
        }
        self.arrays = arrays
    }

    private static func floats(_ value: JSONValue?) -> [Float] {
        (value?.array ?? []).compactMap { $0.number.map(Float.init) }
    }

    private static func integers(_ value: JSONValue?) -> [Int] {
        (value?.array ?? []).compactMap(\.integer)
    }
}
