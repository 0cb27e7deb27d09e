import Foundation
import GRDB
import Protocol

extension Database {
    /// A model's columns but for its state, which may be big.
    static let selectModel = """
        SELECT id, name, definition, compile, version, created_at, updated_at,
            state IS NOT NULL OR state_blob IS NOT NULL AS has_state
        FROM model
        """

    func model(_ column: String, _ value: String) throws -> Model? {
        try row("\(Self.selectModel) WHERE \(column) = ?", [value]).map(model)
    }

    /// - Throws: 404.
    func model(_ id: ModelID) throws -> Model {
        try model("id", id.description) ?? { throw Store.noModel(id.description) }()
    }

    func model(_ row: Row) throws -> Model {
        Model(
            id: try identifier(row["id"]), name: row["name"],
            definition: try Self.json(row["definition"]),
            compile: try (row["compile"] as String?).map(Self.json), hasState: row["has_state"],
            version: row["version"], createdAt: Timestamp(milliseconds: row["created_at"]),
            updatedAt: Timestamp(milliseconds: row["updated_at"]))
    }

    /// Bytes of what a model's row says as JSON.
    func textBytes(ofModel row: Row) -> Int {
        let (definition, compile): (String, String?) = (row["definition"], row["compile"])
        return definition.utf8.count + (compile?.utf8.count ?? 0)
    }

    private static let recentTexts = Recent<String, JSONValue>(limit: 32)
    /// Texts of more bytes are read anew each time.
    private static let longestRecentText = 16 << 10

    /// A model's text, which is read again and again while it is trained.
    private static func json(_ text: String) throws -> JSONValue {
        guard text.utf8.count <= longestRecentText else { return try JSONValue(stored: text) }
        return try recentTexts.output(for: text) { try JSONValue(stored: text) }
    }

    func insertModel(_ id: ModelID, _ name: String, _ definition: JSONValue) throws -> Model {
        let now = Timestamp.now
        try run(
            """
            INSERT INTO model (id, name, definition, version, created_at, updated_at)
            VALUES (?, ?, ?, 1, ?, ?)
            """,
            [
                id.description, name, definition.encodedString(), now.milliseconds, now.milliseconds,
            ])
        return Model(
            id: id, name: name, definition: definition, compile: nil, hasState: false, version: 1,
            createdAt: now, updatedAt: now)
    }

    /// Changes a model's row.
    /// - Parameter stateBlob: Where the new state is when it does not stand in the row.
    /// - Returns: Blobs that the row no longer names; where there is no such model, that of the new state.
    func apply(_ change: ModelChange, stateBlob: Blob?, to model: ModelID) throws -> [String] {
        let id = model.description
        let now = Timestamp.now
        guard let row = try row("SELECT state_blob FROM model WHERE id = ?", [id]) else {
            return [stateBlob?.sha256].compactMap { $0 }
        }
        let oldBlob: String? = row["state_blob"]
        var columns = ["version = version + 1", "updated_at = ?"]
        var values: StatementArguments = [now.milliseconds]
        if let definition = change.definition {
            columns.append("definition = ?")
            values += [definition.encodedString()]
        }
        if let compile = change.compile {
            let text: String? = if case .set(let options) = compile { options.encodedString() } else { nil }
            columns.append("compile = ?")
            values += [text]
        }
        let hasNewState = change.state != nil || stateBlob != nil
        if hasNewState {
            let bytes: Data? =
                if case .set(let bytes) = change.state, stateBlob == nil { Data(bytes) } else { nil }
            columns.append("state = ?, state_blob = ?")
            values += [bytes, stateBlob?.sha256]
        }
        values += [id]
        try run("UPDATE model SET \(columns.joined(separator: ", ")) WHERE id = ?", values)
        return hasNewState && oldBlob != stateBlob?.sha256 ? [oldBlob].compactMap { $0 } : []
    }

    func stateBlob(of id: ModelID) throws -> String? {
        try string("SELECT state_blob FROM model WHERE id = ?", [id.description])
    }

    /// - Throws: 409 while a job of the model waits or runs.
    func checkIsIdle(_ model: Model) throws {
        let job = try string(
            "SELECT id FROM job WHERE model_id = ? AND status = 'queued'", [model.id.description])
        if let job {
            throw Problem(
                .conflict, "Model '\(model.name)' is busy with \(job); cancel the job or wait for its end.")
        }
    }
}
