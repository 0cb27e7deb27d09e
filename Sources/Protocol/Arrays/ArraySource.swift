/// Named arrays in an uploaded file, to be read in order.
///
/// A source reads the file's bytes where they are, so they must stay mapped as long as it lives.
public protocol ArraySource {
    /// The arrays, in the file's order; at least one, and no name twice.
    var arrays: [ArrayDescription] { get }

    /// Writes every array as little-endian C order, in pieces, in a fixed amount of memory.
    /// - Parameter sink: Receives an index into `arrays` and that array's next bytes, which are valid during
    ///   the call alone. Pieces of one array come in order; those of several may alternate.
    /// - Throws: a `Problem` when the file turns out to be broken, and what `sink` throws.
    func write(to sink: (_ array: Int, _ bytes: UnsafeRawBufferPointer) throws -> Void) throws
}

extension ArraySource {
    /// All arrays in memory, for files whose size the caller has limited.
    public func load() throws -> [(name: String, array: NDArray)] {
        var contents = [[UInt8]](repeating: [], count: arrays.count)
        try write { contents[$0].append(contentsOf: $1) }
        return try zip(arrays, contents).map { description, bytes in
            (description.name, try NDArray(dtype: description.dtype, shape: description.shape, bytes: bytes))
        }
    }

    /// Checks what holds for every source.
    func checked(limits: ArrayLimits) throws(Problem) -> Self {
        guard !arrays.isEmpty else {
            throw Problem(.unprocessable, "The file holds no arrays.")
        }
        guard arrays.count <= limits.maximumArrays else {
            throw Problem(
                .contentTooLarge,
                "The file holds \(arrays.count) arrays; at most \(limits.maximumArrays) are accepted.")
        }
        var names: Set<String> = []
        var bytes = 0
        for array in arrays {
            guard names.insert(array.name).inserted else {
                throw Problem(.malformed, "Two arrays are named '\(array.name)'.")
            }
            let (sum, overflowed) = bytes.addingReportingOverflow(array.byteCount)
            guard !overflowed, sum <= limits.maximumBytes else {
                throw Problem(
                    .contentTooLarge, "The arrays take more than \(limits.maximumBytes) bytes when unpacked.")
            }
            bytes = sum
        }
        return self
    }
}

/// What an uploaded file may ask of its reader.
public struct ArrayLimits: Sendable, Hashable {
    /// The most arrays in a file.
    public var maximumArrays: Int
    /// The most bytes that all arrays of a file may take when unpacked.
    public var maximumBytes: Int
    /// The most bytes of a JSON document, which is read in memory.
    public var maximumJSONBytes: Int
    /// How many times its packed size a member of more than 64 MiB may unpack to.
    public var maximumRatio: Int

    /// 4096 arrays of together 64 GiB, packed to no less than a 200th; JSON of 16 MiB.
    public static let `default` = ArrayLimits()

    /// Limits of the caller's.
    public init(
        maximumArrays: Int = 4096, maximumBytes: Int = 64 << 30, maximumRatio: Int = 200,
        maximumJSONBytes: Int = 16 << 20
    ) {
        self.maximumArrays = maximumArrays
        self.maximumBytes = maximumBytes
        self.maximumRatio = maximumRatio
        self.maximumJSONBytes = maximumJSONBytes
    }
}
