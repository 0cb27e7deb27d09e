import OrderedCollections
import Protocol
import Training

/// A fit's arrays, found, and its options.
struct FitData {
    let data: TrainingData
    let options: FitOptions
    let datasets: OrderedDictionary<String, DatasetID>

    /// Finds what a request names.
    /// - Throws: A problem that lists every array that is not there.
    init(_ request: FitRequest, _ arrays: RequestArrays) throws(Problem) {
        var arrays = arrays
        let x = arrays.find(request.x, at: .member("x"))
        let y = arrays.find(request.y, at: .member("y"))
        let weight = arrays.find(request.sampleWeight, at: .member("sample_weight"))
        let place = JSONPointer.member("validation_data")
        var validation: TrainingData?
        if let wanted = request.validationData {
            let x = arrays.find(wanted.x, at: place.appending("x"))
            let y = arrays.find(wanted.y, at: place.appending("y"))
            let weight = arrays.find(wanted.sampleWeight, at: place.appending("sample_weight"))
            if let x { validation = TrainingData(x: x, y: y, sampleWeight: weight) }
        }
        if request.y == nil { arrays.faults.add(.member("y"), "fit needs targets: give y.") }
        if let validation { Self.checkRows(validation, at: place, arrays.faults) }
        try arrays.faults.check()
        guard let x else { throw .fault(.member("x"), "x is needed: the name of an array.") }
        data = TrainingData(x: x, y: y, sampleWeight: weight)
        var options = FitOptions(request, samples: x.samples) { _ in validation ?? TrainingData(x: x, y: y) }
        options.validationData = validation
        self.options = options
        datasets = arrays.datasets
    }

    private static func checkRows(_ data: TrainingData, at place: JSONPointer, _ faults: Faults) {
        for (name, array) in [("y", data.y), ("sample_weight", data.sampleWeight)] {
            guard let array, array.samples != data.x.samples else { continue }
            faults.add(
                place.appending(name),
                "\(name) has \(array.samples) samples and x has \(data.x.samples); they belong together one by one."
            )
        }
    }
}

/// An evaluation's arrays, found.
struct EvaluationData {
    let data: TrainingData
    let datasets: OrderedDictionary<String, DatasetID>

    /// Finds what a request names.
    /// - Throws: A problem that lists every array that is not there.
    init(_ request: EvaluateRequest, _ arrays: RequestArrays) throws(Problem) {
        var arrays = arrays
        let x = arrays.find(request.x, at: .member("x"))
        let y = arrays.find(request.y, at: .member("y"))
        let weight = arrays.find(request.sampleWeight, at: .member("sample_weight"))
        if request.y == nil { arrays.faults.add(.member("y"), "evaluate needs targets: give y.") }
        try arrays.faults.check()
        guard let x else { throw .fault(.member("x"), "x is needed: the name of an array.") }
        data = TrainingData(x: x, y: y, sampleWeight: weight)
        datasets = arrays.datasets
    }
}

/// A prediction's input, found.
struct PredictionData {
    let x: DataArray
    let datasets: OrderedDictionary<String, DatasetID>

    /// Finds what a request names.
    init(_ request: PredictRequest, _ arrays: RequestArrays) throws(Problem) {
        var arrays = arrays
        let rows = request.batchSize.flatMap { size in
            request.steps.map { $0.multipliedReportingOverflow(by: size) }
        }
        let x = arrays.find(
            request.x, at: .member("x"), rows: rows.flatMap { $0.overflow ? nil : $0.partialValue })
        try arrays.faults.check()
        guard let x else { throw .fault(.member("x"), "x is needed: the name of an array.") }
        self.x = x
        datasets = arrays.datasets
    }
}
