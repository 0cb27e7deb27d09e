import Protocol
import Training

/// A model as it stands: its row, its layers, and what it remembers.
struct LoadedModel {
    let row: Model
    let sequential: Sequential
    /// What is stored, where it lies in its file; nil while its weights are those that the initializers give.
    let state: Training.ModelState?

    /// Reads a model and what it remembers.
    /// - Parameter trains: Whether it is to be trained; otherwise its optimizer is read only to be stored again.
    /// - Throws: 404.
    init(_ id: ModelID, _ store: Store, trains: Bool) throws {
        let (row, state) = try store.modelAndState(id)
        self.row = row
        let sequential = try row.sequential()
        self.sequential = sequential
        self.state = try state?.withUnsafeBytes { bytes in
            let reader = try StateReader(bytes, owner: state?.file)
            return trains || sequential.isStateful ? try reader.state() : try reader.stateWithoutOptimizer()
        }
    }

    /// The options of the last compile.
    /// - Throws: 409 before the first one.
    func compilation() throws(Problem) -> Compilation {
        guard let options = row.compile else { throw .notCompiled(row.name) }
        return try Compilation.recent(options)
    }

    /// The model built for data, and its state, that of its initializers when it has none.
    func built(for x: DataArray) throws(Problem) -> (Sequential, Training.ModelState) {
        let built = try sequential.built(for: Shape(x.shape))
        guard built.isBuilt else { throw .noLayers(row.name) }
        if let state { return (built, state) }
        return (built, try built.initialState())
    }
}

extension Model {
    private static let recent = Recent<JSONValue, Sequential>(limit: 16)

    /// The layers.
    func sequential() throws(Problem) -> Sequential {
        try Self.recent.output(for: definition, isKept: { _ in definition.isSmall }) {
            () throws(Problem) in try Sequential(ModelDefinition(reading: definition))
        }
    }
}

extension Compilation {
    private static let recentOptions = Recent<JSONValue, Compilation>(limit: 16)

    /// Reads compile options, perhaps those of a moment ago.
    static func recent(_ options: JSONValue) throws(Problem) -> Compilation {
        try recentOptions.output(for: options, isKept: { _ in options.isSmall }) {
            () throws(Problem) in try Compilation(reading: options)
        }
    }
}

extension Problem {
    /// A model that has to be compiled before.
    static func notCompiled(_ name: String) -> Problem {
        Problem(.conflict, "Model '\(name)' is not compiled; POST /v1/models/\(name)/compile first.")
    }

    /// A model without layers.
    static func noLayers(_ name: String) -> Problem {
        Problem(.conflict, "Model '\(name)' has no layers; add some first.")
    }
}
