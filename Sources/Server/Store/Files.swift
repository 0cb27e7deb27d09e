import Foundation

/// The system calls on files that the store is made of; each throws a `SystemError`. What they make is its owner's
/// alone, whatever the directory.
enum Files {
    /// Opens a file; whoever asked closes it.
    static func open(_ path: String, _ flags: Int32, mode: mode_t = 0o600) throws -> Int32 {
        while true {
            let descriptor = Glibc.open(path, flags | O_CLOEXEC, mode)
            if descriptor >= 0 { return descriptor }
            guard errno == EINTR else { throw SystemError("open \(path)") }
        }
    }

    /// Writes all bytes at the descriptor's position.
    static func write(_ bytes: UnsafeRawBufferPointer, to descriptor: Int32) throws {
        var rest = bytes
        while !rest.isEmpty {
            let count = Glibc.write(descriptor, rest.baseAddress, rest.count)
            if count >= 0 {
                rest = UnsafeRawBufferPointer(rebasing: rest[count...])
            } else if errno != EINTR {
                throw SystemError("write")
            }
        }
    }

    /// Reads up to `count` bytes from an offset; fewer at the end alone.
    static func read(_ descriptor: Int32, at offset: Int, count: Int) throws -> [UInt8] {
        try [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
            while filled < count {
                let got = pread(
                    descriptor, buffer.baseAddress.map { $0 + filled }, count - filled, off_t(offset + filled)
                )
                if got == 0 { return }
                if got > 0 {
                    filled += got
                } else if errno != EINTR {
                    throw SystemError("read")
                }
            }
        }
    }

    /// The size of an open file in bytes.
    static func size(_ descriptor: Int32) throws -> Int {
        var information = stat()
        guard fstat(descriptor, &information) == 0 else { throw SystemError("inspect a file") }
        return Int(information.st_size)
    }

    /// Has the system begin to write a part of a file to the disk, so that less is left to wait for. It is a hint: what
    /// becomes of it shows in ``sync(_:)``.
    static func beginSync(_ descriptor: Int32, from offset: Int, count: Int) {
        let write: UInt32 = 2  // SYNC_FILE_RANGE_WRITE
        _ = sync_file_range(descriptor, off_t(offset), off_t(count), write)
    }

    /// Waits until what was written is on the disk.
    static func sync(_ descriptor: Int32) throws {
        guard fsync(descriptor) == 0 else { throw SystemError("sync a file") }
    }

    /// Waits until a file's bytes are on the disk, and its size where that has changed.
    static func syncContent(_ descriptor: Int32) throws {
        guard fdatasync(descriptor) == 0 else { throw SystemError("sync a file") }
    }

    /// Waits until a directory's entries are on the disk.
    static func syncDirectory(_ path: String) throws {
        let descriptor = try open(path, O_RDONLY | O_DIRECTORY)
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else { throw SystemError("sync \(path)") }
    }

    /// Makes a file that is not there yet a copy of another, and waits until it is on the disk.
    static func copy(_ source: String, to target: String) throws {
        let input = try open(source, O_RDONLY)
        defer { close(input) }
        let output = try open(target, O_WRONLY | O_CREAT | O_EXCL)
        defer { close(output) }
        while true {
            let count = sendfile(output, input, nil, 1 << 30)
            if count == 0 { break }
            guard count > 0 || errno == EINTR else { throw SystemError("copy \(source)") }
        }
        try sync(output)
    }

    /// Gives a file another name, in place of the one that had it.
    static func rename(_ old: String, _ new: String) throws {
        guard Glibc.rename(old, new) == 0 else { throw SystemError("rename \(old)") }
    }

    /// Makes a directory unless it is there.
    static func makeDirectory(_ path: String) throws {
        guard mkdir(path, 0o700) == 0 || errno == EEXIST else { throw SystemError("make \(path)") }
    }

    /// Makes a directory and those above it that are not there.
    static func makeDirectories(_ path: String) throws {
        guard access(path, F_OK) != 0 else { return }
        let above = (path as NSString).deletingLastPathComponent
        if !above.isEmpty, above != path { try makeDirectories(above) }
        try makeDirectory(path)
    }

    /// Removes a file; it may be gone already.
    static func remove(_ path: String) throws {
        guard unlink(path) == 0 || errno == ENOENT else { throw SystemError("remove \(path)") }
    }

    /// The names in a directory, without `.` and `..`.
    static func names(in path: String) throws -> [String] {
        guard let directory = opendir(path) else { throw SystemError("list \(path)") }
        defer { closedir(directory) }
        var names: [String] = []
        while let entry = readdir(directory) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name != "." && name != ".." { names.append(name) }
        }
        return names
    }

    /// Removes a directory of files; it may be gone already.
    static func removeDirectory(_ path: String) throws {
        guard access(path, F_OK) == 0 else { return }
        for name in try names(in: path) { try remove("\(path)/\(name)") }
        guard rmdir(path) == 0 || errno == ENOENT else { throw SystemError("remove \(path)") }
    }
}

/// `sync_file_range(2)`, which the Glibc module leaves out.
@_silgen_name("sync_file_range")
private func sync_file_range(_ descriptor: Int32, _ offset: off_t, _ count: off_t, _ flags: UInt32) -> Int32
