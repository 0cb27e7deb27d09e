import Foundation
import GRDB
import Protocol

extension Store {
    /// The model of a name.
    /// - Throws: 404.
    public func model(_ name: String) throws(Problem) -> Model {
        try reading { try $0.model("name", name) ?? { throw Self.noModel(name) }() }
    }

    /// A model.
    /// - Throws: 404.
    public func model(_ id: ModelID) throws(Problem) -> Model {
        try reading { try $0.model(id) }
    }

    /// Models by name; fewer than `limit` at a time where their definitions are big.
    /// - `after`: The name after which to begin.
    public func models(limit: Int = 50, after: String? = nil) throws(Problem) -> Page<Model> {
        try reading { database in
            let rows = try Row.fetchCursor(
                database, sql: "\(Database.selectModel) WHERE name > ? ORDER BY name LIMIT ?",
                arguments: [after ?? "", limit + 1])
            var (found, bytes): ([Model], Int) = ([], 0)
            while let row = try rows.next() {
                bytes += database.textBytes(ofModel: row)
                let isCut = !found.isEmpty && bytes > Self.mostListedText
                if isCut { return Page(found, limit: limit, isCut: true, cursor: \.name) }
                found.append(try database.model(row))
            }
            return Page(found, limit: limit, cursor: \.name)
        }
    }

    /// Bytes of the definitions and compile options of a page, which are all in memory at one time.
    private static let mostListedText = 16 << 20

    /// The names of all models, for hints.
    public func modelNames() throws(Problem) -> [String] {
        try reading { try String.fetchAll($0, sql: "SELECT name FROM model ORDER BY name") }
    }

    /// What a model remembers, as the `.npz` file that was stored; nil when it is not built.
    /// - Throws: 404.
    public func modelState(_ id: ModelID) throws(Problem) -> ModelState? {
        try readState(of: id) { _ in }.state
    }

    /// A model and what it remembers, as one transaction left them.
    /// - Throws: 404.
    func modelAndState(_ id: ModelID) throws(Problem) -> (model: Model, state: ModelState?) {
        try readState(of: id) { try $0.model(id) }
    }

    /// What a model remembers, and what else of the same moment is read.
    private func readState<Value>(
        of id: ModelID, and read: (Database) throws -> Value
    ) throws(Problem) -> (Value, state: ModelState?) {
        func look() throws -> (Value, ModelState?) {
            let (value, bytes, blob) = try database.read { database in
                let row = try database.row(
                    "SELECT state, state_blob FROM model WHERE id = ?", [id.description])
                guard let row else { throw Self.noModel(id.description) }
                return (try read(database), row["state"] as Data?, row["state_blob"] as String?)
            }
            if let blob { return (value, ModelState(file: try MappedFile(path: blobs.path(blob)))) }
            return (value, bytes.map { ModelState(bytes: Array($0)) })
        }
        return try wrapping {
            do {
                return try look()
            } catch let error as SystemError where error.code == ENOENT {
                // The state was replaced between the look at the row and at the file.
                return try look()
            }
        }
    }

    /// Makes a model.
    /// - `name`: Nil for a name of the server's making.
    /// - Throws: 409 when the name is taken.
    public func createModel(
        _ name: String?, definition: JSONValue, idempotency: Idempotency<Model>? = nil
    ) async throws(Problem) -> Accepted<Model> {
        let id: ModelID = IdentifierSource.shared.next()
        let name = name ?? id.description
        try Name.check(name)
        return try await onWriter { () throws(Problem) in
            try self.making(idempotency) { database in
                guard try database.model("name", name) == nil else {
                    throw Problem(.conflict, "There is a model named '\(name)' already; PUT replaces it.")
                }
                return try database.insertModel(id, name, definition)
            }
        }
    }

    /// Makes a model or puts another definition in its place, which forgets its compile options and weights.
    /// - `check`: Throws when the client's preconditions do not hold for what stands there.
    /// - Throws: 409 while a job of the model waits or runs.
    public func putModel(
        _ name: String, definition: JSONValue,
        check: @escaping @Sendable (Model?) throws(Problem) -> Void = { _ in }
    ) async throws(Problem) -> Put<Model> {
        try Name.check(name)
        return try await onWriter { () throws(Problem) in
            let (put, freed): (Put<Model>, [String]) = try self.writing { database in
                guard let old = try database.model("name", name) else {
                    try check(nil)
                    let id: ModelID = IdentifierSource.shared.next()
                    return (Put(item: try database.insertModel(id, name, definition), created: true), [])
                }
                try check(old)
                try database.checkIsIdle(old)
                let change = ModelChange(definition: definition, compile: .cleared, state: .cleared)
                let freed = try database.apply(change, stateBlob: nil, to: old.id)
                return (Put(item: try database.model(old.id), created: false), freed)
            }
            self.collect(freed)
            return put
        }
    }

    /// Changes a model.
    /// - `change`: Decides from the model as it stands; throws what the client did wrong.
    /// - Throws: 404; 409 while a job of the model waits or runs.
    public func updateModel(
        _ name: String, change: @escaping @Sendable (Model) throws(Problem) -> ModelChange
    ) async throws(Problem) -> Model {
        switch try await updateModel(name, idempotency: nil, change: change) {
        case .made(let model): return model
        case .repeated: return try model(name)
        }
    }

    /// Changes a model, unless the same request has changed it before.
    public func updateModel(
        _ name: String, idempotency: Idempotency<Model>?,
        change: @escaping @Sendable (Model) throws(Problem) -> ModelChange
    ) async throws(Problem) -> Accepted<Model> {
        try await onWriter { () throws(Problem) in
            let before = try self.model(name)
            let change = try change(before)
            let blob = try self.stateBlob(change)
            let blobs = [blob].compactMap { $0 }
            var freed: [String] = []
            let accepted = try self.keeping(blobs) { () throws(Problem) in
                try self.making(idempotency) { database in
                    // Nobody else writes models' rows while the writer's queue is here, but jobs' ends.
                    guard let current = try database.model("name", name) else { throw Self.noModel(name) }
                    try database.checkIsIdle(current)
                    guard current.version == before.version, current.id == before.id else {
                        throw Problem(.conflict, "Model '\(name)' was changed at the same time; try again.")
                    }
                    freed = try database.apply(change, stateBlob: blob, to: current.id)
                    return try database.model(current.id)
                }
            }
            if case .repeated = accepted { self.abandon(blobs) }
            self.collect(freed)
            return accepted
        }
    }

    /// Keeps what work on a model has made of it, in the model's turn.
    func keep(_ change: ModelChange?, of id: ModelID) throws(Problem) {
        guard let change else { return }
        let blob = try stateBlob(change)
        let blobs = [blob].compactMap { $0 }
        let freed = try keeping(blobs) { () throws(Problem) in
            try writing { try $0.apply(change, stateBlob: blob, to: id) }
        }
        for blob in blobs { blob.release() }
        collect(freed)
    }

    /// Deletes a model.
    /// - `check`: Throws when the client's preconditions do not hold for what stands there.
    /// - Throws: 404; 409 while a job of the model waits or runs.
    public func deleteModel(
        _ name: String, check: @escaping @Sendable (Model) throws(Problem) -> Void = { _ in }
    ) async throws(Problem) {
        try await onWriter { () throws(Problem) in
            let freed = try self.writing { database in
                guard let model = try database.model("name", name) else { throw Self.noModel(name) }
                try check(model)
                try database.checkIsIdle(model)
                let blob = try database.stateBlob(of: model.id)
                try database.execute(sql: "DELETE FROM model WHERE id = ?", arguments: [model.id.description])
                return blob
            }
            self.collect([freed].compactMap { $0 })
        }
    }

    /// Gives a change the state that a model has from then on: for its row, or on the disk where it is too big for that.
    func set(_ state: StateArchive, in change: inout ModelChange) throws(Problem) {
        try wrapping {
            guard state.byteCount > Self.largestStateInRow else {
                return change.state = .set(try state.encoded())
            }
            let file = try self.blobs.stage()
            try file.write { try state.write(to: $0) }
            change.stateBlob = try self.adopt([file]).first
        }
    }

    /// A change's state that is too big for the row, as a blob, which is written unless it is there.
    func stateBlob(_ change: ModelChange?) throws(Problem) -> Blob? {
        if let blob = change?.stateBlob { return blob }
        guard case .set(let bytes) = change?.state, bytes.count > Self.largestStateInRow else { return nil }
        return try wrapping {
            let file = try self.blobs.stage()
            try file.write(bytes)
            return try self.adopt([file]).first
        }
    }

    /// Up to here SQLite writes a value faster than the file system makes a file.
    static let largestStateInRow = 128 << 10

    static func noModel(_ name: String) -> Problem {
        Problem(.notFound, "There is no model named '\(name.prefix(140))'.")
    }
}

/// What a model remembers: an `.npz` file in memory.
public struct ModelState: Sendable {
    /// Keeps the bytes where they are; nil for a few of them.
    let file: MappedFile?
    private let inline: [UInt8]

    init(file: MappedFile) { (self.file, inline) = (file, []) }
    init(bytes: [UInt8]) { (file, inline) = (nil, bytes) }

    /// Calls `body` with the file's bytes.
    public func withUnsafeBytes<Value, Failure: Error>(
        _ body: (UnsafeRawBufferPointer) throws(Failure) -> Value
    ) throws(Failure) -> Value {
        if let file { return try file.withBytes(body) }
        var result: Result<Value, Failure>?
        inline.withUnsafeBytes { bytes in
            result = Result { () throws(Failure) in try body(bytes) }
        }
        guard let result else { return try body(UnsafeRawBufferPointer(start: nil, count: 0)) }
        return try result.get()
    }
}
