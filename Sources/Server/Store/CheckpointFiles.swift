import Foundation
import Protocol

/// A job's state at the end of an epoch, or in its midst, as a file that checks itself.
public final class Checkpoint: Sendable {
    /// Where the job stands.
    public let place: CheckpointPlace
    private let file: MappedFile

    fileprivate init(place: CheckpointPlace, file: MappedFile) {
        self.place = place
        self.file = file
    }

    /// What was saved; valid as long as this lives, which `withExtendedLifetime` makes sure of.
    public var bytes: UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(rebasing: file.bytes[CheckpointFiles.headerLength...])
    }
}

/// Where a job stands at a checkpoint.
public struct CheckpointPlace: Sendable, Hashable {
    /// The epoch, from 1.
    public let epoch: Int
    /// Batches done of it; nil at its end.
    public let step: Int?

    /// A place: the end of an epoch, or behind a batch of it.
    public init(epoch: Int, step: Int? = nil) {
        self.epoch = epoch
        self.step = step
    }

    /// What an event says of it.
    var description: JSONObject {
        var data: JSONObject = ["epoch": .integer(Int64(epoch))]
        if let step { data["step"] = .integer(Int64(step)) }
        return data
    }
}

/// The checkpoints of one job: `checkpoint-7` is the seventh, of which the last two are kept.
///
/// A file is `FITDCKPT`, the epoch and the step, each in 4 bytes little-endian and the step 0 for an epoch's end, the
/// SHA-256 of these 8 bytes and the content in 64 hexadecimal digits, and the content.
struct CheckpointFiles {
    let directory: String

    static let headerLength = 8 + 8 + 64
    private static let magic = Array("FITDCKPT".utf8)
    private static let prefix = "checkpoint-"

    /// Makes a checkpoint durable and removes all but the one before.
    func save(_ place: CheckpointPlace, _ bytes: [UInt8]) throws {
        let numbers = try numbers()
        let next = (numbers.last ?? 0) + 1
        let temporary = "\(directory)/new"
        let position = [place.epoch, place.step ?? 0].flatMap { number in
            withUnsafeBytes(of: UInt32(clamping: number).littleEndian) { Array($0) }
        }
        let hash = SHA256()
        hash.update(position)
        hash.update(bytes)
        let header = Self.magic + position + Array(hash.finalize().utf8)
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

    /// The newest one that is whole, or nil. Newer ones, which are damaged, are removed, so that the next one to be
    /// saved does not take the place of the whole one.
    /// - Returns: Besides, how many were damaged.
    func latest() throws -> (checkpoint: Checkpoint?, damaged: Int) {
        var damaged = 0
        for number in try numbers().reversed() {
            if let checkpoint = try open(path(number)) { return (checkpoint, damaged) }
            try Files.remove(path(number))
            damaged += 1
        }
        return (nil, damaged)
    }

    /// Removes all of them.
    func removeAll() throws {
        for number in try numbers() { try Files.remove(path(number)) }
        try Files.remove("\(directory)/new")
    }

    private func open(_ path: String) throws -> Checkpoint? {
        let file = try MappedFile(path: path)
        return file.withBytes(Self.place).map { Checkpoint(place: $0, file: file) }
    }

    /// Where a whole checkpoint stands; nil for a damaged one.
    private static func place(_ bytes: UnsafeRawBufferPointer) -> CheckpointPlace? {
        guard bytes.count >= headerLength, bytes.starts(with: magic) else { return nil }
        let epoch = UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: 8, as: UInt32.self))
        let step = UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: 12, as: UInt32.self))
        let hash = SHA256()
        hash.update(UnsafeRawBufferPointer(rebasing: bytes[8..<16]))
        hash.update(UnsafeRawBufferPointer(rebasing: bytes[headerLength...]))
        guard bytes[16..<headerLength].elementsEqual(hash.finalize().utf8) else { return nil }
        return CheckpointPlace(epoch: Int(epoch), step: step == 0 ? nil : Int(step))
    }

    private func numbers() throws -> [Int] {
        try Files.names(in: directory).compactMap { name in
            name.hasPrefix(Self.prefix) ? Int(name.dropFirst(Self.prefix.count)) : nil
        }.sorted()
    }

    private func path(_ number: Int) -> String { "\(directory)/\(Self.prefix)\(number)" }
}
