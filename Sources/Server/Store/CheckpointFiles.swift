import Foundation
import Protocol

/// A job's state at the end of an epoch, as a file that checks itself.
public final class Checkpoint: Sendable {
    /// The epoch that it ends, from 1.
    public let epoch: Int
    /// How many newer ones were damaged and passed over.
    public let damaged: Int
    private let file: MappedFile

    fileprivate init(epoch: Int, damaged: Int, file: MappedFile) {
        self.epoch = epoch
        self.damaged = damaged
        self.file = file
    }

    /// What was saved; valid as long as this lives, which `withExtendedLifetime` makes sure of.
    public var bytes: UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(rebasing: file.bytes[CheckpointFiles.headerLength...])
    }
}

/// The checkpoints of one job: `checkpoint-7` is the seventh, of which the last two are kept.
///
/// A file is `FITDCKPT`, the epoch in 8 bytes little-endian, the SHA-256 of the epoch and the content in 64
/// hexadecimal digits, and the content.
struct CheckpointFiles {
    let directory: String

    static let headerLength = 8 + 8 + 64
    private static let magic = Array("FITDCKPT".utf8)
    private static let prefix = "checkpoint-"

    /// Makes a checkpoint durable and removes all but the one before.
    func save(epoch: Int, _ bytes: [UInt8]) throws {
        let numbers = try numbers()
        let next = (numbers.last ?? 0) + 1
        let temporary = "\(directory)/new"
        let epochBytes = withUnsafeBytes(of: Int64(epoch).littleEndian) { Array($0) }
        let hash = SHA256()
        hash.update(epochBytes)
        hash.update(bytes)
        let header = Self.magic + epochBytes + Array(hash.finalize().utf8)
        let descriptor = try Files.open(temporary, O_WRONLY | O_CREAT | O_TRUNC)
        do {
            defer { close(descriptor) }
            try header.withUnsafeBytes { try Files.write($0, to: descriptor) }
            try bytes.withUnsafeBytes { try Files.write($0, to: descriptor) }
            try Files.sync(descriptor)
        } catch {
            try? Files.remove(temporary)
            throw error
        }
        try Files.rename(temporary, path(next))
        try Files.syncDirectory(directory)
        for number in numbers.dropLast() { try Files.remove(path(number)) }
    }

    /// The newest one that is whole, or nil.
    func latest() throws -> Checkpoint? {
        var damaged = 0
        for number in try numbers().reversed() {
            if let checkpoint = try open(path(number), damaged: damaged) { return checkpoint }
            damaged += 1
        }
        return nil
    }

    /// Removes all of them.
    func removeAll() throws {
        for number in try numbers() { try Files.remove(path(number)) }
        try Files.remove("\(directory)/new")
    }

    private func open(_ path: String, damaged: Int) throws -> Checkpoint? {
        let file = try MappedFile(path: path)
        return file.withBytes(Self.epoch).map { Checkpoint(epoch: $0, damaged: damaged, file: file) }
    }

    /// The epoch of a whole checkpoint; nil for a damaged one.
    private static func epoch(_ bytes: UnsafeRawBufferPointer) -> Int? {
        guard bytes.count >= headerLength, bytes.starts(with: magic) else { return nil }
        let epoch = Int64(littleEndian: bytes.loadUnaligned(fromByteOffset: 8, as: Int64.self))
        let hash = SHA256()
        hash.update(UnsafeRawBufferPointer(rebasing: bytes[8..<16]))
        hash.update(UnsafeRawBufferPointer(rebasing: bytes[headerLength...]))
        guard bytes[16..<headerLength].elementsEqual(hash.finalize().utf8) else { return nil }
        return Int(epoch)
    }

    private func numbers() throws -> [Int] {
        try Files.names(in: directory).compactMap { name in
            name.hasPrefix(Self.prefix) ? Int(name.dropFirst(Self.prefix.count)) : nil
        }.sorted()
    }

    private func path(_ number: Int) -> String { "\(directory)/\(Self.prefix)\(number)" }
}
