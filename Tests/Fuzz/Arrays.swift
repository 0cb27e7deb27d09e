import Protocol

/// A `.npy` file: its header, and the elements that it says there are.
func npy(_ bytes: [UInt8]) -> Int32 {
    load(bytes, .npy, isChecked: true)
    return 0
}

/// A `.npz` file: its directory, the headers of its members, and what they unpack to.
func npz(_ bytes: [UInt8]) -> Int32 {
    load(bytes, .npz, isChecked: false)
    return 0
}

/// A CSV file: each column an array, and columns bundled.
func csv(_ bytes: [UInt8]) -> Int32 {
    for selection in [CSVSelection(), CSVSelection(label: "y"), CSVSelection(columns: ["b", "a"])] {
        load(bytes, .csv, selection, isChecked: true)
    }
    return 0
}

/// A safetensors file: its header, and the elements of its arrays.
func safetensors(_ bytes: [UInt8]) -> Int32 {
    load(bytes, .safetensors, isChecked: true)
    return 0
}

/// Arrays in JSON, and that what is written of one is read back.
func json(_ bytes: [UInt8]) -> Int32 {
    for (_, array) in load(bytes, .json, isChecked: true) {
        var text: [UInt8] = []
        array.appendJSON(to: &text)
        // Empty lists say nothing of a type.
        guard !array.bytes.isEmpty else { continue }
        guard (try? JSONValue(parsing: text)).flatMap({ try? NDArray(json: $0) }) == array else {
            fatalError("An array is not read back.")  // safe: this is what is looked for
        }
    }
    return 0
}

/// The arrays of a file; none when it is refused.
/// - Parameter isChecked: Whether all that can be wrong with a file is found before its elements are written.
@discardableResult
private func load(
    _ bytes: [UInt8], _ format: ArrayFormat, _ selection: CSVSelection = CSVSelection(), isChecked: Bool
) -> [(name: String, array: NDArray)] {
    bytes.withUnsafeBytes { file in
        let limits = ArrayLimits(maximumArrays: 64, maximumBytes: 1 << 20)
        let source = try? format.source(of: file, name: "x", selection: selection, limits: limits)
        guard let source else { return [] }
        if let arrays = try? source.load() { return arrays }
        guard !isChecked else {
            fatalError("A file that was checked is not read.")  // safe: this is what is looked for
        }
        return []
    }
}
