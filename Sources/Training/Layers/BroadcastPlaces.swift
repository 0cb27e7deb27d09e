import Protocol

/// For each element of a sample, where its value stands in a smaller array that is spread over it.
struct BroadcastPlaces {
    private let places: UnsafeMutablePointer<Int32>

    /// `shape` has the sample's rank, with size 1 on the axes over which it is spread.
    init(of shape: [Int], over sample: [Int], _ site: Site) throws {
        let count = sample.reduce(1, *)
        places = try site.buffer(count, of: Int32.self)
        for index in 0..<count {
            var (rest, place, stride) = (index, 0, 1)
            for axis in sample.indices.reversed() {
                if shape[axis] > 1 { place += rest % sample[axis] * stride }
                rest /= sample[axis]
                stride *= shape[axis]
            }
            places[index] = Int32(clamping: place)
        }
    }

    subscript(index: Int) -> Int { Int(places[index]) }
}
