import OrderedCollections
import Protocol
import Training

/// What a model remembers, as a `.npz` file: `weights/0…`, `states/0…`, `slots/0…`, each with its path in `names`,
/// a JSON text in bytes, beside the optimizer's counters.
struct StateArchive: Sendable {
    private var arrays: [(name: String, variable: Variable)] = []
    private var lists: [(name: String, values: [Double])] = []
    private var members: JSONObject = [:]

    /// Members that a state of thousands of layers has.
    static let limits = ArrayLimits(maximumArrays: 1 << 20)

    /// A state's parts.
    init(_ state: Training.ModelState) {
        add("weights", state.weights)
        add("states", state.states)
        guard let optimizer = state.optimizer else { return }
        add("slots", optimizer.slots)
        members["iterations"] = .integer(Int64(optimizer.iterations))
        members["learning_rate"] = optimizer.learningRate.map { .number(Double($0)) } ?? .null
    }

    /// Adds variables under a common prefix.
    mutating func add(_ prefix: String, _ variables: [Variable]) {
        for (index, variable) in variables.enumerated() {
            arrays.append(("\(prefix)/\(index)", variable))
        }
        members[prefix] = .array(variables.map { .string($0.path) })
    }

    /// Adds lists of numbers under a common prefix.
    mutating func add(_ prefix: String, _ lists: [[Double]]) {
        for (index, values) in lists.enumerated() { self.lists.append(("\(prefix)/\(index)", values)) }
        members[prefix] = .integer(Int64(lists.count))
    }

    /// Adds something that is no array.
    mutating func add(_ name: String, _ value: JSONValue) { members[name] = value }

    /// Bytes of the arrays, without what stands around them.
    var byteCount: Int { arrays.reduce(0) { $0 + $1.variable.count * MemoryLayout<Float>.size } }

    /// The file.
    func encoded() throws -> [UInt8] {
        let output = ByteSink()
        output.bytes.reserveCapacity(byteCount + arrays.count * 512 + 4096)
        try write { output.bytes.append(contentsOf: $0) }
        return output.bytes
    }

    /// Writes the file; the same each time.
    func write(to sink: @escaping (UnsafeRawBufferPointer) throws -> Void) throws {
        var writer = NPZWriter(to: sink)
        let names = JSONValue.object(members).encoded()
        try names.withUnsafeBytes {
            try writer.append(name: "names", dtype: .uint8, shape: [names.count], elements: $0)
        }
        for array in arrays {
            try array.variable.withUnsafeBytes {
                try writer.append(
                    name: array.name, dtype: .float32, shape: array.variable.shape, elements: $0)
            }
        }
        for list in lists {
            try list.values.withUnsafeBytes {
                try writer.append(name: list.name, dtype: .float64, shape: [list.values.count], elements: $0)
            }
        }
        try writer.finish()
    }
}

extension [Variable] {
    /// Writes the variables as the `.npz` file that clients get, a member for each path.
    func writeNPZ(to sink: @escaping (UnsafeRawBufferPointer) throws -> Void) throws {
        var writer = NPZWriter(to: sink)
        for variable in self {
            try variable.withUnsafeBytes {
                try writer.append(
                    name: variable.path, dtype: .float32, shape: variable.shape, elements: $0)
            }
        }
        try writer.finish()
    }
}

/// The parts of a state's file, each read when it is asked for, while the file is in memory.
struct StateReader {
    private let reader: NPZReader
    private let places: [String: Int]
    private let members: JSONValue
    private let owner: (any AnyObject & Sendable)?

    /// Reads what `StateArchive` writes.
    /// - Parameter owner: What keeps the file in memory for longer than this: variables then stay where they lie in it.
    init(_ file: UnsafeRawBufferPointer, owner: (any AnyObject & Sendable)? = nil) throws {
        self.owner = owner
        reader = try NPZReader(file, limits: StateArchive.limits)
        places = Dictionary(
            reader.arrays.enumerated().map { ($1.name, $0) }, uniquingKeysWith: { $1 })
        let names = try places["names"].map { [reader] in try reader.load($0).bytes }
        members = try JSONValue(parsing: names ?? [], limits: JSONLimits(maximumDepth: 64))
    }

    /// What was added under a name, and is no array.
    subscript(name: String) -> JSONValue? { members[name] }

    /// The variables of a prefix.
    func variables(_ prefix: String) throws -> [Variable] {
        try (members[prefix]?.array ?? []).enumerated().map { index, path in
            guard let place = places["\(prefix)/\(index)"], let path = path.string else {
                throw Problem(.internalError, "The stored state lacks \(prefix)/\(index).")
            }
            return try variable(place, path)
        }
    }

    private func variable(_ place: Int, _ path: String) throws -> Variable {
        let array = reader.arrays[place]
        if let owner, array.dtype == .float32, let elements = try reader.elementsInPlace(place) {
            return Variable(path: path, shape: array.shape, lent: elements, owner: owner)
        }
        return Variable(path: path, shape: array.shape, values: try reader.loadFloats(place))
    }

    /// The lists of a prefix.
    func lists(_ prefix: String) throws -> [[Double]] {
        try (0..<(members[prefix]?.integer ?? 0)).map { index in
            guard let place = places["\(prefix)/\(index)"] else {
                throw Problem(.internalError, "The stored state lacks \(prefix)/\(index).")
            }
            return try reader.load(place).doubles
        }
    }

    /// The state but for its optimizer.
    func stateWithoutOptimizer() throws -> Training.ModelState {
        Training.ModelState(weights: try variables("weights"), states: try variables("states"))
    }

    /// Whether it is that of a model which has been trained since its last compile.
    var hasOptimizer: Bool { members["iterations"]?.integer != nil }

    /// The state.
    func state() throws -> Training.ModelState {
        var state = try stateWithoutOptimizer()
        state.optimizer = try members["iterations"]?.integer.map { iterations in
            OptimizerState(
                iterations: iterations, learningRate: members["learning_rate"]?.number.map(Float.init),
                slots: try variables("slots"))
        }
        return state
    }
}
