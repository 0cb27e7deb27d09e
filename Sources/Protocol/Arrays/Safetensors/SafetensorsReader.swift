/// The arrays of a safetensors file: eight bytes of header length, a JSON header, and all elements end to end
/// in little-endian C order.
public struct SafetensorsReader: ArraySource {
    /// The arrays, in the order of their data.
    public let arrays: [ArrayDescription]
    private let elements: [UnsafeRawBufferPointer]

    /// The longest header read.
    private static let longestHeader = 16 << 20

    /// Reads the header and checks it against the file. Arrays are listed in the order of their data.
    /// - Throws: `.malformed` for a broken header, and for data that overlap, leave holes, or differ in length
    ///   from shape and dtype; `.unprocessable` for a dtype that is not accepted.
    public init(_ file: UnsafeRawBufferPointer) throws(Problem) {
        guard let length = file.littleEndian(at: 0, as: UInt64.self) else {
            throw Self.malformed("it is cut short")
        }
        guard length <= UInt64(Self.longestHeader), let header = file.slice(at: 8, count: Int(length)) else {
            throw Self.malformed(
                "its header claims \(length) bytes; the file has \(file.count), and at most "
                    + "\(Self.longestHeader) are read")
        }
        guard header.first == UInt8(ascii: "{"), case .object(let members) = try JSONValue(parsing: header)
        else {
            throw Self.malformed("its header is not a JSON object")
        }
        var tensors: [(description: ArrayDescription, begin: Int, end: Int)] = []
        for (name, value) in members where name != "__metadata__" {
            tensors.append(try Self.tensor(name, value))
        }
        tensors.sort { ($0.begin, $0.end) < ($1.begin, $1.end) }
        let data = UnsafeRawBufferPointer(rebasing: file[(8 + header.count)...])
        var position = 0
        var elements: [UnsafeRawBufferPointer] = []
        for tensor in tensors {
            guard tensor.begin == position, let bytes = data.slice(at: position, count: tensor.end - position)
            else {
                throw Self.malformed(
                    "the data of '\(tensor.description.name)' overlap others, leave a hole, or end behind the file"
                )
            }
            elements.append(bytes)
            position = tensor.end
        }
        guard position == data.count else {
            throw Self.malformed("\(data.count - position) bytes behind its data belong to no array")
        }
        arrays = tensors.map(\.description)
        self.elements = elements
    }

    private static func tensor(
        _ name: String, _ value: JSONValue
    ) throws(Problem) -> (description: ArrayDescription, begin: Int, end: Int) {
        let sizes = value["shape"]?.array ?? []
        let shape = sizes.compactMap(\.integer)
        let offsets = value["data_offsets"]?.array?.compactMap(\.integer) ?? []
        guard let code = value["dtype"]?.string, value["shape"]?.array != nil, shape.count == sizes.count,
            offsets.count == 2, value["data_offsets"]?.array?.count == 2, offsets[0] >= 0,
            offsets[1] >= offsets[0]
        else {
            throw malformed("'\(name.prefix(80))' lacks a valid 'dtype', 'shape' or 'data_offsets'")
        }
        guard let dtype = dtypes[code] else {
            throw Problem(
                .unprocessable,
                "'\(name.prefix(80))' has the dtype '\(code.prefix(40))'; accepted are "
                    + "\(dtypes.keys.sorted().joined(separator: ", ")). Convert it, for example to F32.")
        }
        let layout = try ArrayLayout(dtype: dtype, shape: shape)
        guard offsets[1] - offsets[0] == layout.byteCount else {
            throw malformed(
                "'\(name.prefix(80))' takes \(layout.byteCount) bytes, but its data_offsets span "
                    + "\(offsets[1] - offsets[0])")
        }
        return (try ArrayDescription(name: name, layout: layout), offsets[0], offsets[1])
    }

    private static let dtypes: [String: DType] = [
        "BOOL": .bool, "I8": .int8, "I16": .int16, "I32": .int32, "I64": .int64, "U8": .uint8, "U16": .uint16,
        "U32": .uint32, "U64": .uint64, "F16": .float16, "F32": .float32, "F64": .float64,
    ]

    private static func malformed(_ detail: String) -> Problem {
        Problem(.malformed, "This is not a valid safetensors file: \(detail).")
    }

    /// Writes every array, as `ArraySource` asks for.
    public func write(to sink: (_ array: Int, _ bytes: UnsafeRawBufferPointer) throws -> Void) throws {
        for (index, bytes) in elements.enumerated() {
            try arrays[index].layout.writeCanonical(bytes) { try sink(index, $0) }
        }
    }
}
