/// How many samples a batch has when a request does not say (`ArrayDataAdapter` in
/// keras/src/trainers/data_adapters/array_data_adapter.py).
public enum BatchSize {
    /// As many as asked for; else so many that `steps` batches hold all samples, or 32.
    public static func resolved(_ given: Int?, steps: Int?, samples: Int) -> Int {
        given ?? steps.map { (max(samples, 1) - 1) / max($0, 1) + 1 } ?? 32
    }
}
