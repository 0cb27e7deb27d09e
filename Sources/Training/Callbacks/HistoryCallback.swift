import Protocol

/// Keras's `History`, which every fit has without asking (keras/src/callbacks/history.py).
struct HistoryCallback: Callback {
    static let className = "History"
    static let arguments: [Argument] = []

    let configuration: Arguments

    init(_ arguments: Arguments) { configuration = arguments }

    func makeRun(_ site: CallbackSite) -> CallbackRun { CallbackRun() }
}
