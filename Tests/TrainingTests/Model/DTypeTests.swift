import Protocol
import Testing
import Training

/// Types of numbers: those that are computed, and the refusal of those that are not.
@Suite struct DTypeTests {
    private func policy(_ name: String) -> JSONValue {
        ["module": "keras", "class_name": "DTypePolicy", "config": ["name": .string(name)]]
    }

    static let halves = ["float16", "bfloat16", "mixed_float16", "mixed_bfloat16"]

    @Test(arguments: halves) func halfPrecisionIsRefusedByPlace(_ name: String) throws {
        for written in [.string(name), policy(name)] {
            for className in ["Dense", "SpatialDropout1D", "CategoryEncoding", "Discretization"] {
                let problem = try #require(throws: Problem.self) {
                    try Sequential(
                        ModelDefinition(reading: [
                            "layers": [["class_name": .string(className), "config": ["dtype": written]]]
                        ]))
                }
                let found = problem.errors.first { $0.pointer.description == "/layers/0/config/dtype" }
                #expect(
                    found?.detail.hasPrefix("dtype is one of float32, float64") == true
                        && found?.detail.contains("'\(name)'") == true, "\(className): \(problem)")
            }
        }
    }

    @Test(arguments: halves) func halfPrecisionOfTheStackIsRefused(_ name: String) throws {
        for written in [.string(name), policy(name)] {
            let problem = try #require(throws: Problem.self) {
                try Sequential(
                    ModelDefinition(reading: [
                        "class_name": "Sequential", "config": ["dtype": written, "layers": []],
                    ]))
            }
            #expect(problem.errors.map(\.pointer.description) == ["/config/dtype"], "\(problem)")
        }
    }

    @Test func wholeNumbersAreForLayersThatGiveThem() throws {
        func layers(_ className: String, _ config: JSONObject) throws -> Sequential {
            try Sequential(
                ModelDefinition(reading: [
                    "layers": [["class_name": .string(className), "config": .object(config)]]
                ]))
        }
        _ = try layers("CategoryEncoding", ["num_tokens": 3, "dtype": "int32", "input_shape": [2]])
        _ = try layers("Discretization", ["bin_boundaries": [0], "dtype": "int64", "input_shape": [2]])
        _ = try layers("Dense", ["units": 1, "dtype": policy("float64"), "input_shape": [2]])
        #expect(throws: Problem.self) {
            try layers("Dense", ["units": 1, "dtype": "int32", "input_shape": [2]])
        }
    }
}
