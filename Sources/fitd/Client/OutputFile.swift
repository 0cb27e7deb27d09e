import Foundation

/// Where an answer's content goes.
enum OutputFile {
    /// Writes an answer to a file, which is there once it is whole, or to standard output for `-`.
    static func write(_ answer: Answer, to path: String) throws {
        guard path != "-" else {
            while let bytes = try answer.next() { Console.write(bytes) }
            return
        }
        let partial = "\(path).part"
        guard FileManager.default.createFile(atPath: partial, contents: nil),
            let handle = FileHandle(forWritingAtPath: partial)
        else { throw ClientFailure.file("\(path) cannot be written: \(String(cString: strerror(errno))).") }
        do {
            while let bytes = try answer.next() { try handle.write(contentsOf: bytes) }
            try handle.close()
        } catch {
            unlink(partial)
            if error is CocoaError {
                throw ClientFailure.file("\(path) cannot be written: \(error.localizedDescription)")
            }
            throw error
        }
        guard rename(partial, path) == 0 else {
            throw ClientFailure.file("\(path) cannot be written: \(String(cString: strerror(errno))).")
        }
    }
}
