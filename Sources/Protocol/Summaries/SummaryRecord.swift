/// A record of an event file, which TensorBoard reads: an `Event` of TensorFlow (tensorflow/core/util/event.proto) in
/// the frame of a TFRecord, `length (8 bytes), masked CRC-32C of it, the event, masked CRC-32C of it`.
public struct SummaryRecord: Sendable {
    /// The record as it stands in the file.
    public let bytes: [UInt8]

    /// The record with which each event file begins.
    /// - Parameter time: Seconds since 1970.
    public static func version(time: Double) -> SummaryRecord {
        SummaryRecord(time: time, step: 0) { event in
            event.text(3, "brain.Event:2")
            event.message(10) { $0.text(1, "fitd") }
        }
    }

    /// A number, as `tf.summary.scalar` writes it.
    public static func scalar(_ tag: String, _ value: Float, step: Int, time: Double) -> SummaryRecord {
        summary(tag, plugin: "scalars", step: step, time: time) { tensor in
            tensor.integer(1, DType.float)
            tensor.message(2) { _ in }
            // A single value stands in `float_val`, several in `tensor_content`.
            tensor.data(5, withUnsafeBytes(of: value.bitPattern.littleEndian, Array.init))
        }
    }

    /// Rows of left edge, right edge and count, as `tf.summary.histogram` writes them.
    public static func histogram(
        _ tag: String, _ buckets: [(left: Double, right: Double, count: Double)], step: Int, time: Double
    ) -> SummaryRecord {
        summary(tag, plugin: "histograms", step: step, time: time) { tensor in
            tensor.integer(1, DType.double)
            tensor.message(2) { shape in
                shape.message(2) { $0.integer(1, buckets.count) }
                shape.message(2) { $0.integer(1, 3) }
            }
            let numbers = buckets.flatMap { [$0.left, $0.right, $0.count] }
            tensor.data(4, numbers.flatMap { withUnsafeBytes(of: $0.bitPattern.littleEndian, Array.init) })
        }
    }

    /// A model as Keras's `to_json()` prints it, as Keras's `TensorBoard` writes it for the conceptual graph.
    public static func model(_ model: JSONValue, time: Double) -> SummaryRecord {
        summary("keras", plugin: "graph_keras_model", content: "1", step: 0, time: time) { tensor in
            tensor.integer(1, DType.string)
            tensor.message(2) { _ in }
            tensor.data(8, model.encoded())
        }
    }

    /// The types of tensors (tensorflow/core/framework/types.proto).
    private enum DType {
        static let float = 1
        static let double = 2
        static let string = 7
    }

    private static func summary(
        _ tag: String, plugin: String, content: String? = nil, step: Int, time: Double,
        tensor: (inout ProtobufMessage) -> Void
    ) -> SummaryRecord {
        SummaryRecord(time: time, step: step) { event in
            event.message(5) { summary in
                summary.message(1) { value in
                    value.text(1, tag)
                    value.message(8, tensor)
                    value.message(9) { metadata in
                        metadata.message(1) { data in
                            data.text(1, plugin)
                            if let content { data.text(2, content) }
                        }
                    }
                }
            }
        }
    }

    private init(time: Double, step: Int, _ build: (inout ProtobufMessage) -> Void) {
        var event = ProtobufMessage()
        event.double(1, time)
        if step > 0 { event.integer(2, step) }
        build(&event)
        let length = withUnsafeBytes(of: UInt64(event.bytes.count).littleEndian, Array.init)
        bytes = length + Self.checksum(length) + event.bytes + Self.checksum(event.bytes)
    }

    private static func checksum(_ bytes: [UInt8]) -> [UInt8] {
        withUnsafeBytes(of: CRC32C.masked(bytes).littleEndian, Array.init)
    }
}
