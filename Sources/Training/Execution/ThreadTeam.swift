/// Threads that share the work of a step.
package final class ThreadTeam {
    /// How many there are.
    let threads: Int

    init(threads: Int) { self.threads = threads }
}
