/// One array in a `.npy` file.
public struct NPYReader: ArraySource {
    /// The arrays, in the file's order.
    public let arrays: [ArrayDescription]
    private let layout: ArrayLayout
    private let elements: UnsafeRawBufferPointer

    /// Reads the header and checks that the file is as long as it says.
    /// - Throws: `.malformed` or `.unprocessable`, as `NPYHeader`.
    public init(_ file: UnsafeRawBufferPointer, name: String) throws(Problem) {
        let header = try NPYHeader(parsing: file)
        layout = header.layout
        let there = file.count - header.dataOffset
        guard there == layout.byteCount, let elements = file.slice(at: header.dataOffset, count: there) else {
            throw NPYHeader.malformed(
                "shape \(layout.shape) and dtype \(layout.dtype.rawValue) take \(layout.byteCount) bytes "
                    + "of data, but \(there) follow the header")
        }
        self.elements = elements
        arrays = [try ArrayDescription(name: name, layout: layout)]
    }

    /// Writes every array, as `ArraySource` asks for.
    public func write(to sink: (_ array: Int, _ bytes: UnsafeRawBufferPointer) throws -> Void) throws {
        try layout.writeCanonical(elements) { try sink(0, $0) }
    }
}
