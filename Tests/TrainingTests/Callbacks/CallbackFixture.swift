import Foundation
import Protocol
import Training

/// What Keras's callbacks made of the small fit, and how Python writes numbers (Tests/Fixtures/Keras/callbacks.py).
enum CallbackFixture {
    private static let file = URL(filePath: #filePath).deletingLastPathComponent()
        .appending(path: "../../Fixtures/Keras/callbacks.json").standardizedFileURL

    private static let document = (try? JSONValue(parsing: Array(Data(contentsOf: file)))) ?? .null

    /// The recorded cases of a kind.
    static func cases(_ name: String) -> [Case] { (document[name]?.array ?? []).map(Case.init) }

    /// One recorded case.
    struct Case: CustomStringConvertible, Sendable {
        let json: JSONValue
        var description: String { "\(json["arguments"] ?? json)" }

        /// The fit that Keras was asked for, with a callback and those before it.
        func fit(_ className: String) -> SmallFit {
            var fit = SmallFit(epochs: json["fit"]?["epochs"]?.integer ?? 3)
            fit.validates = json["fit"]?["validation_data"]?.bool ?? true
            fit.compile["metrics"] = ["mae"]
            fit.compile["optimizer"] = [
                "class_name": "SGD", "config": ["learning_rate": json["learning_rate"] ?? 0.2],
            ]
            fit.callbacks =
                (json["before"]?.array ?? [])
                + [["class_name": .string(className), "config": json["arguments"] ?? [:]]]
            let given = json["fit"]
            fit.change = { options in
                options.initialEpoch = given?["initial_epoch"]?.integer ?? 0
                let frequency = given?["validation_freq"]
                if let number = frequency?.integer { options.validationFrequency = .every(number) }
                if let list = frequency?.array {
                    options.validationFrequency = .epochs(Set(list.compactMap(\.integer)))
                }
            }
            return fit
        }
    }
}
