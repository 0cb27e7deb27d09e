/// The file formats in which arrays are accepted.
public enum ArrayFormat: String, Sendable, Hashable, CaseIterable {
    case npy, npz, csv, safetensors, json

    /// How many of a file's first bytes are looked at.
    public static let prefixLength = 512

    /// Tells the format from a file's first bytes, and where those leave it open, from its `Content-Type`.
    /// - `prefix`: The file's beginning, of at least ``prefixLength`` bytes where it has as many.
    /// - Returns: nil when neither says.
    public static func detect(prefix: some Collection<UInt8>, contentType: String? = nil) -> ArrayFormat? {
        let bytes = Array(prefix.prefix(prefixLength))
        if bytes.starts(with: [0x93] + Array("NUMPY".utf8)) { return .npy }
        if bytes.starts(with: [0x50, 0x4B, 3, 4]) || bytes.starts(with: [0x50, 0x4B, 5, 6]) { return .npz }
        // A header of less than 4 GiB has four zero bytes in its length, which no text has.
        if bytes.count > 8, bytes[8] == UInt8(ascii: "{"), bytes[4..<8].allSatisfy({ $0 == 0 }) {
            return .safetensors
        }
        let declared = contentType.flatMap(named)
        let isText = !bytes.isEmpty && !bytes.contains { $0 == 0 || $0 == 0x7F }
        guard isText else { return declared }
        if declared == .csv || declared == .json { return declared }
        let first = bytes.first { ![0x20, 0x09, 0x0A, 0x0D].contains($0) }
        if first == UInt8(ascii: "{") || first == UInt8(ascii: "[") { return .json }
        return declared ?? (String(validating: trimmed(bytes), as: UTF8.self) == nil ? nil : .csv)
    }

    private static func named(contentType: String) -> ArrayFormat? {
        let type = contentType.prefix { $0 != ";" }.lowercased().filter { $0 != " " }
        return switch type {
        case "application/x-npy", "application/npy": .npy
        case "application/x-npz", "application/npz", "application/zip": .npz
        case "text/csv", "application/csv": .csv
        case "application/x-safetensors", "application/safetensors": .safetensors
        case "application/json": .json
        default: nil
        }
    }

    /// The bytes without a character that the prefix may have cut.
    private static func trimmed(_ bytes: [UInt8]) -> ArraySlice<UInt8> {
        guard bytes.count == 512, let start = bytes.lastIndex(where: { $0 & 0xC0 != 0x80 }), start >= 508
        else { return bytes[...] }
        return bytes[..<start]
    }

    /// Reads what arrays a file holds.
    /// - `file`: The whole file, usually mapped; it must stay there as long as the source lives.
    /// - `name`: The array's name where the format has none.
    /// - `selection`: Which columns of a CSV file become which array.
    public func source(
        of file: UnsafeRawBufferPointer, name: String, selection: CSVSelection = CSVSelection(),
        limits: ArrayLimits = .default
    ) throws(Problem) -> any ArraySource {
        guard self != .json || file.count <= limits.maximumJSONBytes else {
            throw Problem(
                .contentTooLarge,
                "A JSON document has at most \(limits.maximumJSONBytes) bytes; send larger arrays as .npy or .npz."
            )
        }
        return switch self {
        case .npy: try NPYReader(file, name: name).checked(limits: limits)
        case .npz: try NPZReader(file, limits: limits).checked(limits: limits)
        case .csv: try CSVReader(file, selection: selection, limits: limits).checked(limits: limits)
        case .safetensors: try SafetensorsReader(file).checked(limits: limits)
        case .json: try JSONArrays(file, name: name).checked(limits: limits)
        }
    }
}
