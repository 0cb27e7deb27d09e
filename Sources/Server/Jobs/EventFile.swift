import Foundation

/// `events.ndjson`, open. A reader that holds it goes on reading when the file is removed.
final class EventFile: Sendable {
    private let descriptor: Int32

    /// Opens the file of a job's directory.
    /// - Parameter isEnded: Whether nothing more is appended; else the file is made unless it is there.
    init(_ directory: String, isEnded: Bool = false) throws {
        descriptor = try Files.open(
            "\(directory)/events.ndjson", isEnded ? O_RDONLY : O_RDWR | O_CREAT | O_APPEND)
    }

    deinit { close(descriptor) }

    var size: Int { get throws { try Files.size(descriptor) } }

    /// Appends a whole line or none of it.
    func append(_ line: [UInt8], after length: Int) throws {
        do {
            try line.withUnsafeBytes { try Files.write($0, to: descriptor) }
        } catch {
            try cut(to: length)
            throw error
        }
    }

    func read(at offset: Int, count: Int) throws -> [UInt8] {
        try Files.read(descriptor, at: offset, count: count)
    }

    func cut(to length: Int) throws {
        guard ftruncate(descriptor, off_t(length)) == 0 else { throw SystemError("cut the event log") }
    }

    func sync() throws { try Files.syncContent(descriptor) }
}
