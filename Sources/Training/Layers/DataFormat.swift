import Protocol

extension Argument {
    /// Where an image's channels stand: last, or right after the batch.
    static let dataFormat = Argument.choice(
        "data_format", ["channels_last", "channels_first"], default: "channels_last")
}

extension Arguments {
    /// Whether the channels stand right after the batch.
    var isChannelsFirst: Bool { string("data_format") == "channels_first" }
}
