/// Something that a callback makes for the world outside of the fit.
public enum FitOutput: Sendable {
    /// The model as it is, to be kept under a name.
    case model(NamedModel)
}

/// A model's weights at some time of a fit, and how they are called (`ModelCheckpoint`).
public struct NamedModel: Sendable {
    /// The name, which replaces an earlier model of the same name.
    public let name: String
    /// The epoch, counted from 1.
    public let epoch: Int
    /// The batch of the epoch, counted from 1; nil at the epoch's end.
    public let step: Int?
    /// The figures at that time.
    public let logs: Logs
    /// The weights, in Keras's `get_weights()` order.
    public let weights: [Variable]
}
