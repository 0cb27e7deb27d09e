/// Data that are larger than memory.
enum LargeData {
    /// What to know of a fit on them; nil for data that are smaller.
    static func note(_ data: TrainingData, _ options: FitOptions, memory: Int) -> String? {
        let parts = [data, options.validationData].compactMap(\.self)
        let arrays = parts.flatMap { [$0.x, $0.y, $0.sampleWeight].compactMap(\.self) }
        let (size, overflow) = arrays.reduce((0, false)) { sum, array in
            let (next, overflow) = sum.0.addingReportingOverflow(array.size)
            return (next, sum.1 || overflow)
        }
        guard size > memory || overflow else { return nil }
        let advice =
            options.shuffle == .samples
            ? " one by one, from anywhere; \"shuffle\": \"block\" reads them in long runs." : "."
        return "The arrays have \(size) bytes, more than the memory of \(memory): "
            + "each epoch reads its samples from the disk\(advice)"
    }
}
