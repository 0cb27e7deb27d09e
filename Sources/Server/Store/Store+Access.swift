import Dispatch
import GRDB
import Protocol

extension Store {
    /// Reads a consistent state of the database.
    func reading<Value>(_ body: (Database) throws -> Value) throws(Problem) -> Value {
        do {
            return try database.read(body)
        } catch {
            throw Problem(storing: error)
        }
    }

    /// One transaction: all of it is on the disk when this returns, or none of it ever happened.
    func writing<Value>(_ body: (Database) throws -> Value) throws(Problem) -> Value {
        let value = try committing(body)
        try commits.wait()
        return value
    }

    /// One transaction, which a crash of the process does not undo, but a power cut may until `commits` has synced it.
    func committing<Value>(_ body: (Database) throws -> Value) throws(Problem) -> Value {
        do {
            return try database.write(body)
        } catch {
            throw Problem(storing: error)
        }
    }

    /// Runs work that waits for the disk off the caller's thread, after what was asked for before it.
    ///
    /// It is not cancelled with the task: what was begun for a client that left is done in whole.
    func onWriter<Value: Sendable>(
        _ work: @escaping @Sendable () throws(Problem) -> Value
    ) async throws(Problem) -> Value {
        try await writer.run(work)
    }
}

extension DispatchQueue {
    /// Runs blocking work on this queue while the task waits.
    func run<Value: Sendable>(
        _ work: @escaping @Sendable () throws(Problem) -> Value
    ) async throws(Problem) -> Value {
        let result = await withCheckedContinuation { continuation in
            async {
                continuation.resume(returning: Result { () throws(Problem) in try work() })
            }
        }
        return try result.get()
    }
}

// What jobs, models and datasets are read and written by is prepared once a connection.
extension Database {
    /// Changes rows.
    func run(_ sql: String, _ arguments: StatementArguments = []) throws {
        try cachedStatement(sql: sql).execute(arguments: arguments)
    }

    /// The first row that a query finds.
    func row(_ sql: String, _ arguments: StatementArguments = []) throws -> Row? {
        try Row.fetchOne(cachedStatement(sql: sql), arguments: arguments)
    }

    /// The rows that a query finds.
    func rows(_ sql: String, _ arguments: StatementArguments = []) throws -> [Row] {
        try Row.fetchAll(cachedStatement(sql: sql), arguments: arguments)
    }

    /// The text in the first column of the first row that a query finds.
    func string(_ sql: String, _ arguments: StatementArguments = []) throws -> String? {
        try String.fetchOne(cachedStatement(sql: sql), arguments: arguments)
    }

    /// The texts in the first column of the rows that a query finds.
    func strings(_ sql: String, _ arguments: StatementArguments = []) throws -> [String] {
        try String.fetchAll(cachedStatement(sql: sql), arguments: arguments)
    }

    /// Whether a query finds a row.
    func exists(_ sql: String, _ arguments: StatementArguments) throws -> Bool {
        try Bool.fetchOne(cachedStatement(sql: "SELECT EXISTS (\(sql))"), arguments: arguments) ?? false
    }
}

extension JSONValue {
    /// Reads text that the store wrote.
    init(stored text: String) throws {
        self = try JSONValue(parsing: text, limits: JSONLimits(maximumDepth: 1024))
    }
}
