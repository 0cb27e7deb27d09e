import Foundation
import Protocol
import Training

/// One model that real Keras trained: what went in and what came out.
struct KerasCase: CustomStringConvertible, Sendable {
    let name: String
    let json: JSONValue
    let arrays: [String: NDArray]

    var description: String { name }

    /// Where the cases lie, found from this file's own place.
    static let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appending(path: "Fixtures/Keras")

    /// The names of the cases that need something that does not exist yet.
    static let pending: Set<String> = {
        let text = (try? String(contentsOf: folder.appending(path: "pending.txt"), encoding: .utf8)) ?? ""
        return Set(text.split(separator: "\n").map(String.init).filter { !$0.hasPrefix("#") })
    }()

    /// The names of all cases.
    static let all: [String] = {
        let names = try? FileManager.default.contentsOfDirectory(atPath: folder.appending(path: "cases").path)
        return (names ?? []).sorted()
    }()

    init(named name: String) throws {
        let folder = Self.folder.appending(path: "cases/\(name)")
        self.name = name
        json = try JSONValue(parsing: [UInt8](Data(contentsOf: folder.appending(path: "case.json"))))
        let file = [UInt8](try Data(contentsOf: folder.appending(path: "data.npz")))
        let members = try file.withUnsafeBytes { try NPZReader($0).load() }
        arrays = Dictionary(uniqueKeysWithValues: members.map { ($0.name, $0.array) })
    }

    func data(_ name: String) -> DataArray? {
        arrays[name].map { DataArray($0) }
    }

    /// The arrays whose names begin so, in order.
    func numbered(_ prefix: String) -> [NDArray] {
        arrays.filter { $0.key.hasPrefix(prefix) }.sorted { $0.key < $1.key }.map(\.value)
    }
}

extension DataArray {
    /// An array in memory, in its own element type.
    init(_ array: NDArray) {
        let owner = Bytes(array.bytes)
        self.init(shape: array.shape, dtype: array.dtype, base: owner.base, owner: owner)
    }

    private final class Bytes: @unchecked Sendable {  // written once, before anybody else sees it
        let base: UnsafeRawPointer
        init(_ bytes: [UInt8]) {
            let copy = UnsafeMutableRawPointer.allocate(byteCount: max(1, bytes.count), alignment: 64)
            copy.copyMemory(from: bytes, byteCount: bytes.count)
            base = UnsafeRawPointer(copy)
        }
        deinit { base.deallocate() }
    }
}
