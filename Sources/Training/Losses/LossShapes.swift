import Protocol

/// Targets and predictions of one shape, once a last axis of size 1 is added or taken away as Keras does
/// (`squeeze_or_expand_to_same_rank` in keras/src/losses/loss.py).
struct MatchedShapes {
    /// The common shape, the most rows first.
    let shape: [Int]

    /// Throws a `ShapeError` that tells what would fit when the two do not.
    init(target: [Int], prediction: [Int], for name: String) throws {
        if target == prediction || target + [1] == prediction {
            shape = prediction
        } else if prediction + [1] == target {
            shape = prediction.count == 1 ? target : prediction
        } else {
            throw ShapeError(
                "\(name) compares targets with predictions of the same shape, but the targets have shape \(Shape(target).batch(nil)) and the model gives \(Shape(prediction).batch(nil)).\(Self.hint(target, prediction))"
            )
        }
    }

    private static func hint(_ target: [Int], _ prediction: [Int]) -> String {
        let areLabels = target.count < prediction.count || (target.last == 1 && (prediction.last ?? 0) > 1)
        return areLabels ? " For class numbers, use sparse_categorical_crossentropy." : ""
    }
}
