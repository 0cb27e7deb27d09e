import Protocol

/// The records of an event file, read from its frames and its protobuf messages.
struct EventFile {
    /// A value of a summary.
    struct Value: Equatable {
        var tag = ""
        var step = 0
        var plugin = ""
        var content = ""
        var shape: [Int] = []
        var numbers: [Double] = []
        var text = ""
    }

    var version = ""
    var values: [Value] = []
    /// Whether all sums are right, and nothing is left over.
    var isWhole = true

    init(_ file: [UInt8]) {
        var rest = file[...]
        while rest.count >= 12 {
            let length = Int(Self.little(rest.prefix(8)))
            guard length <= rest.count - 16 else { break }
            let event = rest.dropFirst(12).prefix(length)
            let sums = (rest.dropFirst(8).prefix(4), rest.dropFirst(12 + length).prefix(4))
            if UInt32(Self.little(sums.0)) != CRC32C.masked(rest.prefix(8)) { isWhole = false }
            if UInt32(Self.little(sums.1)) != CRC32C.masked(event) { isWhole = false }
            read(event)
            rest = rest.dropFirst(16 + length)
        }
        if !rest.isEmpty { isWhole = false }
    }

    private static func little(_ bytes: ArraySlice<UInt8>) -> UInt64 {
        bytes.reversed().reduce(0) { $0 << 8 | UInt64($1) }
    }

    /// A message's fields: numbers, and what has a length.
    private static func fields(_ message: ArraySlice<UInt8>) -> [(
        field: Int, number: UInt64, data: ArraySlice<UInt8>
    )] {
        var rest = message
        func varint() -> UInt64 {
            var (value, shift): (UInt64, UInt64) = (0, 0)
            while let byte = rest.popFirst() {
                value |= UInt64(byte & 0x7F) << shift
                shift += 7
                if byte < 0x80 { break }
            }
            return value
        }
        var found: [(Int, UInt64, ArraySlice<UInt8>)] = []
        while !rest.isEmpty {
            let key = varint()
            switch key & 7 {
            case 0: found.append((Int(key >> 3), varint(), []))
            case 1:
                found.append((Int(key >> 3), little(rest.prefix(8)), []))
                rest = rest.dropFirst(8)
            default:
                let count = Int(varint())
                found.append((Int(key >> 3), 0, rest.prefix(count)))
                rest = rest.dropFirst(count)
            }
        }
        return found
    }

    private static func text(_ bytes: ArraySlice<UInt8>) -> String { String(decoding: bytes, as: UTF8.self) }

    private mutating func read(_ event: ArraySlice<UInt8>) {
        var step = 0
        for (field, number, data) in Self.fields(event) {
            switch field {
            case 2: step = Int(number)
            case 3: version = Self.text(data)
            case 5:
                for (_, _, value) in Self.fields(data) { values.append(Self.value(value, step: step)) }
            default: break
            }
        }
    }

    private static func value(_ message: ArraySlice<UInt8>, step: Int) -> Value {
        var value = Value()
        value.step = step
        for (field, _, data) in fields(message) {
            switch field {
            case 1: value.tag = text(data)
            case 8: read(tensor: data, to: &value)
            case 9:
                for (field, _, plugin) in fields(fields(data).first?.data ?? []) {
                    if field == 1 { value.plugin = text(plugin) } else { value.content = text(plugin) }
                }
            default: break
            }
        }
        return value
    }

    private static func read(tensor: ArraySlice<UInt8>, to value: inout Value) {
        var isDouble = false
        for (field, number, data) in fields(tensor) {
            switch field {
            case 1: isDouble = number == 2
            case 2: value.shape = fields(data).map { Int(fields($0.data).first?.number ?? 0) }
            case 4, 5:
                let width = isDouble ? 8 : 4
                var rest = data
                while rest.count >= width {
                    let bits = little(rest.prefix(width))
                    value.numbers.append(
                        isDouble ? Double(bitPattern: bits) : Double(Float(bitPattern: UInt32(bits))))
                    rest = rest.dropFirst(width)
                }
            case 8: value.text = text(data)
            default: break
            }
        }
    }
}
