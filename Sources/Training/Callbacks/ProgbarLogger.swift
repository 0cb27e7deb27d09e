import Protocol

/// Keras's progress bar, which every fit has without asking: its events read as such as `text/plain`
/// (keras/src/callbacks/progbar_logger.py).
struct ProgbarLogger: Callback {
    static let className = "ProgbarLogger"
    static let arguments: [Argument] = []

    let configuration: Arguments

    init(_ arguments: Arguments) { configuration = arguments }

    func makeRun(_ site: CallbackSite) -> CallbackRun { CallbackRun() }
}
