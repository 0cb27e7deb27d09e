import Protocol

/// Takes the framing off a request's content as its bytes come.
package struct BodyDecoder {
    private enum State {
        case length(Int), chunked(ChunkedDecoder)
    }

    private var state: State
    private let limit: Int
    private var count = 0

    /// A decoder for a content of at most `limit` bytes; longer ones are 413 as soon as that is known.
    package init(_ framing: BodyFraming, limit: Int, headLimits: HeadLimits = HeadLimits()) {
        self.limit = limit
        switch framing {
        case .length(let length): state = .length(length)
        case .chunked: state = .chunked(ChunkedDecoder(limits: headLimits))
        }
    }

    /// Whether the content has been read to its end.
    package var isComplete: Bool {
        switch state {
        case .length(let rest): rest == 0
        case .chunked(let decoder): decoder.isComplete
        }
    }

    /// The bytes that are still to come, where that is known.
    package var rest: Int? { if case .length(let rest) = state { rest } else { nil } }

    /// Takes bytes off `input` up to the end of the content, and returns what they hold.
    package mutating func decode(_ input: inout ArraySlice<UInt8>) throws(Problem) -> [UInt8] {
        var output: [UInt8] = []
        switch state {
        case .length(let rest):
            guard rest <= limit - count else { throw RequestBody.tooLarge(limit: limit) }
            let part = input.prefix(rest)
            input = input[part.endIndex...]
            output = Array(part)
            state = .length(rest - part.count)
        case .chunked(var decoder):
            // The state is taken out while the decoder works on it, so that its buffers are not copied.
            state = .length(0)
            defer { state = .chunked(decoder) }
            output.reserveCapacity(input.count)
            try decoder.decode(&input, into: &output, limit: limit, behind: count)
        }
        count += output.count
        return output
    }
}
