/// `shuffle`: in which order an epoch takes the samples.
public enum Shuffle: Sendable, Hashable {
    /// As they lie: `false`.
    case none
    /// Each sample by itself: `true`, the default.
    case samples
    /// `"batch"`, as in Keras: batches as they lie, the samples of each among themselves.
    case batch
    /// `"block"`: blocks of samples that lie together, then the samples of many blocks among themselves. For arrays
    /// larger than memory, which it reads in long runs.
    case block

    /// Reads `true`, `false`, `"batch"` or `"block"`; nil for anything else.
    init?(reading value: JSONValue) {
        switch value {
        case true: self = .samples
        case false: self = .none
        case "batch": self = .batch
        case "block": self = .block
        default: return nil
        }
    }
}
