import Protocol

/// Validates, or with `swap_on_epoch` ends each epoch, with the optimizer's averaged weights
/// (keras/src/callbacks/swap_ema_weights.py).
struct SwapEMAWeights: Callback {
    static let className = "SwapEMAWeights"
    static let arguments: [Argument] = [.boolean("swap_on_epoch", default: false)]

    let configuration: Arguments

    init(_ arguments: Arguments) { configuration = arguments }

    func makeRun(_ site: CallbackSite) throws -> CallbackRun {
        guard site.keepsAverages else {
            throw ArgumentError(nil, "SwapEMAWeights needs an optimizer with use_ema set to true.")
        }
        return SwapEMAWeightsRun(swapsOnEpoch: configuration.bool("swap_on_epoch"))
    }
}

private final class SwapEMAWeightsRun: CallbackRun {
    private let swapsOnEpoch: Bool
    private var hasSwapped = false

    init(swapsOnEpoch: Bool) { self.swapsOnEpoch = swapsOnEpoch }

    private func swap(_ wanted: Bool, _ fit: FitControl) {
        if hasSwapped != wanted, fit.exchangeAveragedWeights() { hasSwapped = wanted }
    }

    override func epochBegan(_ epoch: Int, _ fit: FitControl) {
        if swapsOnEpoch { swap(false, fit) }
    }

    override func testBegan(_ fit: FitControl) { swap(true, fit) }

    override func testEnded(_ fit: FitControl) { swap(false, fit) }

    override func epochEnded(_ epoch: Int, _ logs: inout Logs, _ fit: FitControl) {
        guard swapsOnEpoch else { return }
        swap(true, fit)
        // The end of a fit makes the averages the weights, so they must be the averages again.
        if epoch == fit.epochs - 1 { fit.copyWeightsToAverages() }
    }

    override var memory: CallbackMemory {
        get {
            var memory = CallbackMemory()
            memory.values = ["ema_weights_in_model": .bool(hasSwapped)]
            return memory
        }
        set { hasSwapped = newValue.values["ema_weights_in_model"]?.bool ?? false }
    }
}
