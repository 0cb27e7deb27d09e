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
/// last event that it counts on in 8 bytes, the SHA-256 of these 16 bytes and the content in 64 hexadecimal digits, and
/// the content.
struct CheckpointFiles {
    let directory: String

    static let headerLength = hashOffset + 64
    private static let hashOffset = 8 + 16
    private static let magic = Array("FITDCKPT".utf8)
    private static let prefix = "checkpoint-"

    /// What of a job's checkpoints is of use, and why the newer ones are not.
    struct Found {
        /// The newest of use.
        var checkpoint: Checkpoint?
        /// Those that are not whole.
        var damaged = 0
        /// Those that count on events which are not there.
        var untold = 0
    }

    /// Makes a checkpoint durable and removes all but the one before.
    /// - Parameter event: The last event that it counts on, which is on the disk already.
    func save(_ place: CheckpointPlace, after event: Int, _ bytes: [UInt8]) throws {
        let numbers = try numbers()
        let next = (numbers.last ?? 0) + 1
        let temporary = "\(directory)/new"
        var position = [place.epoch, place.step ?? 0].flatMap { number in
            withUnsafeBytes(of: UInt32(clamping: number).littleEndian) { Array($0) }
        }
        position += withUnsafeBytes(of: UInt64(clamping: event).littleEndian) { Array($0) }
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

    /// The newest one that is whole and counts on no event behind `lastEvent`. Newer ones are removed, so that the next
    /// one to be saved does not take this one's place, and none counts on an event that is told in another's place.
    func latest(lastEvent: Int) throws -> Found {
        var found = Found()
        for number in try numbers().reversed() {
            if let (checkpoint, event) = try open(path(number)) {
                found.checkpoint = event <= lastEvent ? checkpoint : nil
                if found.checkpoint != nil { break }
                found.untold += 1
            } else {
                found.damaged += 1
            }
            try Files.remove(path(number))
        }
        if found.damaged + found.untold > 0 { try Files.syncDirectory(directory) }
        return found
    }

    /// Removes all of them.
    func removeAll() throws {
        for number in try numbers() { try Files.remove(path(number)) }
        try Files.remove("\(directory)/new")
    }

    private func open(_ path: String) throws -> (checkpoint: Checkpoint, event: UInt64)? {
        let file = try MappedFile(path: path)
        return file.withBytes(Self.position).map { (Checkpoint(place: $0.place, file: file), $0.event) }
    }

    /// Where a whole checkpoint stands, and the last event that it counts on; nil for a damaged one.
    private static func position(_ bytes: UnsafeRawBufferPointer) -> (place: CheckpointPlace, event: UInt64)?
    {
        guard bytes.count >= headerLength, bytes.starts(with: magic) else { return nil }
        let epoch = UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: 8, as: UInt32.self))
        let step = UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: 12, as: UInt32.self))
        let event = UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: 16, as: UInt64.self))
        let hash = SHA256()
        hash.update(UnsafeRawBufferPointer(rebasing: bytes[8..<hashOffset]))
        hash.update(UnsafeRawBufferPointer(rebasing: bytes[headerLength...]))
        guard bytes[hashOffset..<headerLength].elementsEqual(hash.finalize().utf8) else { return nil }
        return (CheckpointPlace(epoch: Int(epoch), step: step == 0 ? nil : Int(step)), event)
    }

    private func numbers() throws -> [Int] {
        try Files.names(in: directory).compactMap { name in
            name.hasPrefix(Self.prefix) ? Int(name.dropFirst(Self.prefix.count)) : nil
        }.sorted()
    }

    private func path(_ number: Int) -> String { "\(directory)/\(Self.prefix)\(number)" }
}
