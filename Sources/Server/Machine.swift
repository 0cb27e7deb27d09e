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
        // Of control groups version 2 and version 1.
        let limits = ["/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"].compactMap {
            (try? String(contentsOfFile: $0, encoding: .ascii)).flatMap {
                Int($0.trimmingCharacters(in: .whitespacesAndNewlines))
            }
        }
        return limits.reduce(physical, min)
    }

    /// Bytes that one model may take: three quarters of the memory there is.
    public static var memoryOfJob: Int { memory / 4 * 3 }
}
