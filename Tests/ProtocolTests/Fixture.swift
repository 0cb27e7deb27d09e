import Foundation
import Protocol

/// Files under Tests/Fixtures, found from this file's own place.
enum Fixture {
    static func bytes(_ path: String) throws -> [UInt8] {
        let tests = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        return [UInt8](try Data(contentsOf: tests.appending(path: "Fixtures/\(path)")))
    }

    static func json(_ path: String) throws -> JSONValue {
        try JSONValue(parsing: bytes(path))
    }

    /// Arrays as `Fixtures/NumPy/generate.py` describes them, by name.
    static func arrays(_ path: String) throws -> [String: ExpectedArray] {
        var result: [String: ExpectedArray] = [:]
        for (name, value) in try json(path).object ?? [:] { result[name] = try ExpectedArray(value) }
        return result
    }
}

/// What NumPy says an array holds.
struct ExpectedArray {
    let array: NDArray
    let doubles: [UInt8]
    let floats: [UInt8]

    init(_ value: JSONValue) throws {
        func bytes(_ key: String) -> [UInt8] { unhex(value[key]?.string ?? "") }
        array = try NDArray(
            dtype: DType(rawValue: value["dtype"]?.string ?? "") ?? .bool,
            shape: value["shape"]?.array?.compactMap(\.integer) ?? [], bytes: bytes("bytes"))
        doubles = bytes("float64")
        floats = bytes("float32")
    }
}

/// The bytes that hexadecimal digits stand for.
func unhex(_ text: String) -> [UInt8] {
    let digits = text.utf8.map { UInt8($0 > 0x39 ? $0 - 0x57 : $0 - 0x30) }
    return stride(from: 0, to: digits.count - 1, by: 2).map { digits[$0] << 4 | digits[$0 + 1] }
}

/// The bytes of numbers in memory.
func rawBytes<Element>(_ values: [Element]) -> [UInt8] { values.withUnsafeBytes { [UInt8]($0) } }

/// The problem that a closure throws, if any.
func problem(_ body: () throws -> Void) -> Problem? {
    do {
        try body()
        return nil
    } catch {
        return error as? Problem
    }
}

/// The arrays in a file, read as an upload is.
func load(
    _ file: [UInt8], as format: ArrayFormat? = nil, name: String = "data",
    selection: CSVSelection = CSVSelection(),
    limits: ArrayLimits = .default
) throws -> [(name: String, array: NDArray)] {
    try file.withUnsafeBytes { bytes in
        let detected = format ?? ArrayFormat.detect(prefix: file)
        return try (detected ?? .npy).source(of: bytes, name: name, selection: selection, limits: limits)
            .load()
    }
}
