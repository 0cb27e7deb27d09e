import OrderedCollections
import Protocol
import Training

/// Finds the arrays that a request names, and notes every one that is not there.
struct RequestArrays {
    let store: Store
    /// The contents found so far, by the dataset's name; what is in it at first is taken as it is.
    private(set) var datasets: OrderedDictionary<String, DatasetID>
    let faults = Faults()

    /// Looks datasets up by name, but for those whose content is held for a job.
    init(_ store: Store, held datasets: OrderedDictionary<String, DatasetID> = [:]) {
        self.store = store
        self.datasets = datasets
    }

    /// An array, mapped into memory or, where the request brought it along, in memory.
    /// - Parameters:
    ///   - pointer: Where the request names it.
    ///   - rows: The most samples to take.
    mutating func find(_ reference: ArrayReference?, at pointer: JSONPointer, rows: Int? = nil) -> DataArray?
    {
        guard let reference else { return nil }
        do throws(Problem) {
            switch reference {
            case .dataset(let name, let array): return try mapped(name, array, rows)
            case .inline(let value): return try Self.inline(value, at: pointer, rows)
            }
        } catch {
            if error.errors.isEmpty { faults.add(pointer, error.detail) }
            for fault in error.errors { faults.add(fault.pointer, fault.detail) }
            return nil
        }
    }

    private mutating func mapped(_ name: String, _ array: String?, _ rows: Int?) throws(Problem) -> DataArray
    {
        let dataset = try content(name)
        datasets[name] = dataset.id
        guard let array = array ?? (dataset.arrays.count == 1 ? dataset.arrays.first?.name : nil) else {
            let known = dataset.arrays.prefix(20).map { "'\(name)/\($0.name)'" }.joined(separator: ", ")
            throw Problem(
                .unprocessable, "Dataset '\(name)' has \(dataset.arrays.count) arrays; name one: \(known).")
        }
        guard dataset.arrays.contains(where: { $0.name == array }) else {
            let known = dataset.arrays.map(\.name)
            throw Problem(
                .unprocessable,
                "Dataset '\(name)' has no array '\(array.prefix(140))'. "
                    + Suggestion.sentence(for: array, among: known.prefix(20)))
        }
        let mapped = try store.mappedArray(array, of: dataset.id)
        let shape = try Self.checked(mapped.shape, rows)
        guard let base = mapped.bytes.baseAddress else {
            throw Problem(.unprocessable, "The array holds no numbers.")
        }
        return DataArray(shape: shape, dtype: mapped.dtype, base: base, owner: mapped)
    }

    private func content(_ name: String) throws(Problem) -> Dataset {
        if let held = datasets[name] { return try store.dataset(held) }
        do throws(Problem) {
            return try store.dataset(name)
        } catch  where error.kind == .notFound {
            let known = try store.datasetNames()
            let hint = Suggestion.nearest(to: name, among: known).map { " Did you mean '\($0)'?" }
            throw Problem(
                .unprocessable,
                "There is no dataset named '\(name.prefix(140))'.\(hint ?? " Upload it first.")")
        }
    }

    private static func inline(
        _ value: JSONValue, at pointer: JSONPointer, _ rows: Int?
    ) throws(Problem) -> DataArray {
        let array = try NDArray(json: value, at: pointer)
        let shape = try checked(array.shape, rows)
        return DataArray(shape: shape, values: array.floats)
    }

    /// The shape of an array's first `rows` samples.
    static func checked(_ shape: [Int], _ rows: Int? = nil) throws(Problem) -> [Int] {
        guard let samples = shape.first else {
            throw Problem(
                .unprocessable, "The array is a single number; it needs a dimension for the samples.")
        }
        guard !shape.contains(0) else {
            throw Problem(.unprocessable, "The array has shape \(Shape(shape)), which holds no numbers.")
        }
        return [min(samples, rows ?? samples)] + shape.dropFirst()
    }
}

extension JSONPointer {
    /// A member of the body.
    static func member(_ name: String) -> JSONPointer { JSONPointer.root.appending(name) }
}
