import Foundation

/// A file that is sent, a piece at a time.
final class InputFile {
    private let path: String
    private let handle: FileHandle
    /// Bytes.
    let size: Int

    /// Opens a file.
    /// - Throws: ``ClientFailure/file(_:)``, also for what is no file, such as a directory.
    init(_ path: String) throws {
        self.path = path
        guard let handle = FileHandle(forReadingAtPath: path) else {
            throw ClientFailure.file("\(path) cannot be read: \(String(cString: strerror(errno))).")
        }
        var status = stat()
        guard fstat(handle.fileDescriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            throw ClientFailure.file("\(path) is no file.")
        }
        self.handle = handle
        size = Int(status.st_size)
    }

    /// The next bytes; nil at the end.
    func read() throws -> [UInt8]? {
        do {
            guard let data = try handle.read(upToCount: 256 << 10), !data.isEmpty else { return nil }
            return Array(data)
        } catch {
            throw ClientFailure.file("\(path) cannot be read: \(error.localizedDescription).")
        }
    }

    /// The whole content of a file, or of standard input for `-`.
    static func contents(_ path: String) throws -> [UInt8] {
        if path == "-" { return Array(FileHandle.standardInput.readDataToEndOfFile()) }
        let file = try InputFile(path)
        var contents: [UInt8] = []
        while let bytes = try file.read() { contents += bytes }
        return contents
    }
}
