import Kernels
import Protocol

/// Sample weights from the samples' classes (`class_weight_to_sample_weights` in
/// keras/src/trainers/data_adapters/data_adapter_utils.py): the class is the label, or the place of the largest.
struct ClassWeight {
    private let weights: [Int: Float]
    private let columns: Int

    /// Nil when no class weights are given; throws a problem when sample weights are given too.
    init?(_ weights: [Int: Double]?, data: TrainingData) throws(Problem) {
        guard let weights, let y = data.y else { return nil }
        let place = JSONPointer.root.appending("class_weight")
        guard data.sampleWeight == nil else {
            throw .fault(
                place, "class_weight and sample_weight cannot be given together; multiply them into one.")
        }
        guard y.shape.count <= 2 else {
            throw .fault(
                place, "class_weight takes targets of one label a sample; y has shape \(Shape(y.shape)).")
        }
        self.weights = weights.mapValues { Float($0) }
        columns = y.shape.count == 2 ? y.shape[1] : 1
    }

    /// Writes a weight for each row of targets.
    func write(targets: UnsafePointer<Float>, rows: Int, to destination: UnsafeMutablePointer<Float>) {
        for row in 0..<rows {
            let label =
                columns == 1
                ? Int(exactly: targets[row].rounded(.toNearestOrEven)) ?? -1
                : Kernels.argmax(targets + row * columns, count: columns)
            destination[row] = weights[label] ?? 1
        }
    }
}
