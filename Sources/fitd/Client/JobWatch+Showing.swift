import Protocol
import Server

extension JobWatch {
    /// Follows a job and shows it: as Keras prints a fit, or each event as a line of JSON.
    /// - Throws: ``ClientFailure`` when the job ends otherwise than with success.
    func show(json: Bool) throws {
        var text = ProgressText(style: Console.style)
        let end = try follow(
            { event, line in
                guard !json else { return Console.write(line + "\n") }
                text.style = Console.style
                // What becomes of it otherwise is said on standard error.
                let isFailure = event.kind == .failed || event.kind == .cancelled
                Console.write(isFailure ? text.leaveLine() : text.print(event))
            },
            say: { message in
                Console.write(text.leaveLine())
                Console.say(message)
            })
        try check(end)
    }

    /// Follows a job and shows nothing.
    func wait() throws { try check(try follow { _, _ in }) }

    private func check(_ end: JobEvent) throws {
        switch end.kind {
        case .failed:
            throw ClientFailure.jobFailed("\(job) failed: \(end.data["error"]?["detail"]?.string ?? "")")
        case .cancelled: throw ClientFailure.jobCancelled("\(job) is cancelled.")
        default: break
        }
    }
}
