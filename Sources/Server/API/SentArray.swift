import Protocol
import Training

/// An array that a request brings along, in the type in which it comes: batch by batch it becomes numbers, so that a byte
/// never takes the memory of four.
final class SentArray: @unchecked Sendable {  // written once, before anybody else sees it
    private let memory: UnsafeMutableRawBufferPointer

    private init(_ reader: NPYReader, byteCount: Int) throws {
        memory = .allocate(byteCount: max(1, byteCount), alignment: 64)
        var place = 0
        try reader.write { _, bytes in
            UnsafeMutableRawBufferPointer(rebasing: memory[place..<place + bytes.count]).copyMemory(
                from: bytes)
            place += bytes.count
        }
    }

    deinit { memory.deallocate() }

    /// The array of a `.npy` file.
    /// - Throws: 400 and 422, as `NPYReader`.
    static func array(npy file: [UInt8]) throws(Problem) -> DataArray {
        do {
            return try file.withUnsafeBytes { file in
                let reader = try NPYReader(file, name: "x")
                guard let array = reader.arrays.first else {
                    throw Problem(.malformed, "The content is no .npy file.")
                }
                let shape = try RequestArrays.checked(array.shape)
                let sent = try SentArray(reader, byteCount: array.byteCount)
                guard let base = UnsafeRawPointer(sent.memory.baseAddress) else {
                    throw Problem(.unprocessable, "The array holds no numbers.")
                }
                return DataArray(shape: shape, dtype: array.dtype, base: base, owner: sent)
            }
        } catch {
            throw error as? Problem ?? Problem(.malformed, "The content is no .npy file: \(error).")
        }
    }
}
