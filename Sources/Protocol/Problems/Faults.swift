/// Gathers the faults of a body, so that all of them are told at once.
public final class Faults {
    /// What was found so far.
    public private(set) var found: [Problem.Fault] = []
    /// More than this many are not kept: a body of thousands of layers has one answer.
    private static let most = 100

    /// None yet.
    public init() {}

    /// Notes a fault; what is said of it is worded for one that is kept alone.
    public func add(_ pointer: JSONPointer, _ detail: @autoclosure () -> String) {
        if found.count < Self.most { found.append(Problem.Fault(pointer, detail())) }
    }

    /// Whether nothing is wrong.
    public var isEmpty: Bool { found.isEmpty }

    /// Throws the problem that lists all faults, if there are any.
    public func check() throws(Problem) {
        if !found.isEmpty { throw Problem(faults: found) }
    }
}
