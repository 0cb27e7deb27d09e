import Foundation
import GRDB
import Protocol

/// A system call that failed.
struct SystemError: Error, CustomStringConvertible {
    /// The value of `errno`.
    let code: Int32
    /// What was being done: `write blobs/1f3a…`.
    let action: String

    /// The error of the call that just failed.
    init(_ action: String, code: Int32 = errno) {
        self.code = code
        self.action = action
    }

    var description: String { "cannot \(action): \(Self.text(code))" }

    /// A value of `errno` in words.
    static func text(_ code: Int32) -> String { String(cString: strerror(code)) }
}

extension Problem {
    /// The problem that a failure of the store is to a client: 507 when there is no room, 500 otherwise.
    init(storing error: any Error) {
        switch error {
        case let problem as Problem: self = problem
        case let error as SystemError where [ENOSPC, EDQUOT, EFBIG].contains(error.code):
            self = .storageFull
        case let error as SystemError where error.code == EROFS || error.code == ENOENT:
            self.init(.insufficientStorage, "The data directory cannot be written: \(error).")
        case let error as DatabaseError where error.resultCode == .SQLITE_FULL: self = .storageFull
        // The database's files live in the same directory; without room SQLite may fail in a system call.
        case let error as DatabaseError where error.resultCode == .SQLITE_IOERR && errno == ENOSPC:
            self = .storageFull
        default: self.init(.internalError, "The store failed: \(error).")
        }
    }

    static let storageFull = Problem(
        .insufficientStorage,
        "The data directory is full. Delete datasets, models or jobs, or give it more room; then try again.")
}
