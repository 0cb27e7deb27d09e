import Foundation
import Protocol
import Server
import Synchronization
import Testing

/// A directory for one test's data, gone with the test.
final class DataDirectory: Sendable {
    let path: String
    private let copies = Mutex<[DataDirectory]>([])

    init() {
        path = FileManager.default.temporaryDirectory.appending(path: "fitd-\(UUID())").path()
    }

    private init(copying other: String) throws {
        path = FileManager.default.temporaryDirectory.appending(path: "fitd-\(UUID())").path()
        try FileManager.default.copyItem(atPath: other, toPath: path)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    func open() throws -> Store { try Store(directory: path) }

    /// What the disk holds now, as a server that died now would leave it; gone with this directory.
    func crashed() throws -> DataDirectory {
        let copy = try DataDirectory(copying: path)
        copies.withLock { $0.append(copy) }
        return copy
    }

    func names(in folder: String) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: "\(path)/\(folder)")
    }

    /// What group or others may read, write or enter, of all that is in the directory.
    func openToOthers() throws -> [String] {
        try FileManager.default.subpathsOfDirectory(atPath: path).filter { name in
            let attributes = try FileManager.default.attributesOfItem(atPath: "\(path)/\(name)")
            return try #require(attributes[.posixPermissions] as? Int) & 0o077 != 0
        }
    }

    /// Runs a statement on the database from outside and returns what it prints.
    func sql(_ statement: String) throws -> String {
        try python("for row in c.execute(sys.argv[2]): print(*row)", statement)
    }

    /// Runs statements on the database, which is made unless it is there.
    func run(statements: String) throws { _ = try python("c.executescript(sys.argv[2])", statements) }

    private func python(_ line: String, _ argument: String) throws -> String {
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = [
            "python3", "-c",
            """
            import sqlite3, sys
            with sqlite3.connect(sys.argv[1]) as c:
                \(line)
            """, "\(path)/fitd.sqlite", argument,
        ]
        let output = Pipe()
        process.standardOutput = output
        try process.run()
        let text = try output.fileHandleForReading.readToEnd() ?? Data()
        process.waitUntilExit()
        try #require(process.terminationStatus == 0)
        return String(decoding: text, as: UTF8.self)
    }
}

extension Store {
    @discardableResult
    func put(_ bytes: [UInt8], as name: String, contentType: String? = nil) async throws -> Put<Dataset> {
        let upload = try upload()
        try await upload.write(bytes)
        return try await upload.commit(as: name, contentType: contentType)
    }

    func values<Value: BitwiseCopyable>(_ array: String, of dataset: Dataset, as: Value.Type) throws
        -> [Value]
    {
        let mapped = try mappedArray(array, of: dataset.id)
        return withExtendedLifetime(mapped) { Array(mapped.bytes.bindMemory(to: Value.self)) }
    }

    func makeModel(_ name: String = "m") async throws -> Model {
        try await putModel(name, definition: ["layers": []]).item
    }
}

extension Accepted {
    var made: Made? { if case .made(let made) = self { made } else { nil } }
    var repeated: StoredAnswer? { if case .repeated(let answer) = self { answer } else { nil } }
}

/// Files as `numpy.save` and `numpy.savez_compressed` wrote them.
enum NumPyFile {
    private static func spaces(_ count: Int) -> String { String(repeating: "20", count: count) }

    /// `np.asfortranarray(np.arange(6, dtype=">f8").reshape(2, 3))`
    static let fortranBigEndian = unhex(
        "934e554d5059010076007b276465736372273a20273e6638272c2027666f727472616e5f6f72646572273a2054727565"
            + "2c20277368617065273a2028322c2033292c207d"
            + spaces(59)
            + "0a000000000000000040080000000000003ff00000000000004010000000000000400000000000000040140000000000"
            + "00")

    /// `np.array([[1, 0], [0, 1]])`
    static let identity = unhex(
        "934e554d5059010076007b276465736372273a20273c6938272c2027666f727472616e5f6f72646572273a2046616c73"
            + "652c20277368617065273a2028322c2032292c207d"
            + spaces(58)
            + "0a0100000000000000000000000000000000000000000000000100000000000000")

    /// `hashlib.sha256` of `identity`
    static let identityHash = "8e54459993e44b98f89034f991b9c3f88e05f84d1bbcd4458294911cc618e571"

    /// `x=np.array([1.5, 2.5], dtype=np.float32), y=np.array([True, False])`
    static let compressed = unhex(
        "504b03042d00000008000000210054e4777dffffffffffffffff05001400782e6e70790100100088000000000000004c000000"
            + "000000009bec17ea1b10c9c850c650ad9e925a9c5ca46ea5a06e9366a2aea3a09e965f54529498179f5f94920a12774bcc"
            + "294e058a17672416a402f91a463a9a3a0ab50a14002e068603f60c0c0a0e00504b03042d000000080000002100ee19bb5d"
            + "ffffffffffffffff05001400792e6e707901001000820000000000000046000000000000009bec17ea1b10c9c850c650ad"
            + "9e925a9c5ca46ea5a05e9364a8aea3a09e965f54529498179f5f94920a12774bcc294e058a17672416a402f91a463a9a3a"
            + "0ab50a14002e460600504b01022d032d00000008000000210054e4777d4c00000088000000050000000000000000000000"
            + "800100000000782e6e7079504b01022d032d000000080000002100ee19bb5d460000008200000005000000000000000000"
            + "0000800183000000792e6e7079504b0506000000000200020066000000000100000000")

    private static func unhex(_ text: String) -> [UInt8] {
        let digits = text.utf8.map { UInt8(String(UnicodeScalar($0)), radix: 16) ?? 0 }
        return stride(from: 0, to: digits.count, by: 2).map { digits[$0] << 4 | digits[$0 + 1] }
    }
}
