/// A number that can be written to JSON without a `JSONValue` around it.
public protocol JSONNumber {
    /// Appends the number's JSON text.
    func appendJSON(to output: inout [UInt8])
}

/// Writes the elements of an array, in C order, as nested JSON arrays, in as many pieces as the caller likes:
/// shape (2, 3) gives `[[a,b,c],[d,e,f]]`, shape () a bare number, shape (2, 0) `[[],[]]`.
public struct JSONArrayWriter: Sendable {
    private let shape: [Int]
    private var written = 0

    /// A writer of one array, to which as many elements are appended as the shape holds.
    public init(shape: [Int]) { self.shape = shape }

    /// Appends the next elements, with the brackets and commas between them.
    ///
    /// Floating-point elements get the fewest digits that read back to the same value of their own type.
    public mutating func append(_ values: some Sequence<some JSONNumber>, to output: inout [UInt8]) {
        for value in values {
            if written > 0 { output.append(UInt8(ascii: ",")) }
            bracket(UInt8(ascii: "["), &output)
            value.appendJSON(to: &output)
            written += 1
            bracket(UInt8(ascii: "]"), &output)
        }
    }

    /// Appends what an array without elements is made of; nothing for any other.
    public func finish(to output: inout [UInt8]) {
        if shape.contains(0) { appendEmpty(shape[...], to: &output) }
    }

    /// Appends a bracket for each dimension at whose border the writer stands.
    private func bracket(_ bracket: UInt8, _ output: inout [UInt8]) {
        var remaining = written
        for size in shape.reversed() {
            guard remaining.isMultiple(of: size) else { return }
            output.append(bracket)
            remaining /= max(size, 1)
        }
    }

    private func appendEmpty(_ shape: ArraySlice<Int>, to output: inout [UInt8]) {
        output.append(UInt8(ascii: "["))
        if let size = shape.first, size > 0 {
            for index in 0..<size {
                if index > 0 { output.append(UInt8(ascii: ",")) }
                appendEmpty(shape.dropFirst(), to: &output)
            }
        }
        output.append(UInt8(ascii: "]"))
    }
}

extension FixedWidthInteger {
    /// Appends the number's decimal digits.
    public func appendJSON(to output: inout [UInt8]) { output.append(contentsOf: description.utf8) }
}

extension BinaryFloatingPoint where Self: CustomStringConvertible {
    /// Appends the shortest decimal that reads back the same; NaN and infinities as strings.
    public func appendJSON(to output: inout [UInt8]) {
        if isFinite {
            output.append(contentsOf: description.utf8)
        } else if isNaN {
            output.append(contentsOf: #""NaN""#.utf8)
        } else {
            output.append(contentsOf: self < 0 ? #""-Infinity""#.utf8 : #""Infinity""#.utf8)
        }
    }
}

extension Float: JSONNumber {}
extension Double: JSONNumber {}
extension Int8: JSONNumber {}
extension Int16: JSONNumber {}
extension Int32: JSONNumber {}
extension Int64: JSONNumber {}
extension Int: JSONNumber {}
extension UInt8: JSONNumber {}
extension UInt16: JSONNumber {}
extension UInt32: JSONNumber {}
extension UInt64: JSONNumber {}

#if !(os(macOS) && arch(x86_64))
    extension Float16: JSONNumber {}
#endif

extension Bool: JSONNumber {
    /// Appends `true` or `false`.
    public func appendJSON(to output: inout [UInt8]) {
        output.append(contentsOf: self ? "true".utf8 : "false".utf8)
    }
}
