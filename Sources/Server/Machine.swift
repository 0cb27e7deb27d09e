import Foundation

/// What the machine, or the container that the server runs in, has.
public enum Machine {
    /// Processors that this process may run on.
    public static var processors: Int {
        max(1, ProcessInfo.processInfo.activeProcessorCount)
    }

    /// Bytes of memory.
    public static var memory: Int {
        let physical = Int(clamping: ProcessInfo.processInfo.physicalMemory)
        let limit = try? String(contentsOfFile: "/sys/fs/cgroup/memory.max", encoding: .ascii)
        let container = limit.flatMap { Int($0.trimmingCharacters(in: .whitespacesAndNewlines)) }
        return min(physical, container ?? .max)
    }

    /// Bytes that one model may take: three quarters of the memory there is.
    public static var memoryOfJob: Int { memory / 4 * 3 }
}
