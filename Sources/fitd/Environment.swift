import Foundation

/// The environment variables `FITD_…`, which stand for options that are not given.
enum Environment {
    /// The value of `FITD_NAME`; an empty one counts as none.
    static subscript(name: String) -> String? {
        ProcessInfo.processInfo.environment["FITD_\(name)"].flatMap { $0.isEmpty ? nil : $0 }
    }

    /// The words of a variable, which blanks or commas part.
    static func list(_ name: String) -> [String] {
        (Self[name] ?? "").split { $0.isWhitespace || $0 == "," }.map(String.init)
    }

    /// A whole number; what is none falls out of every option's range, which then says so.
    static func integer(_ name: String) -> Int? {
        Self[name].map { Int($0) ?? -1 }
    }

    /// A number of bytes; what is none falls out of every option's range, which then says so.
    static func bytes(_ name: String) -> ByteCount? {
        Self[name].map { ByteCount(argument: $0) ?? ByteCount(-1) }
    }

    /// A length of time; what is none falls out of every option's range, which then says so.
    static func time(_ name: String) -> TimeSpan? {
        Self[name].map { TimeSpan(argument: $0) ?? TimeSpan(seconds: -1) }
    }
}
