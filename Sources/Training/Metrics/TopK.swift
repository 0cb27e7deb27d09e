/// The largest elements of a row.
enum TopK {
    /// Whether fewer than `k` elements are larger than the one at `place`, and all are finite (TensorFlow's `in_top_k`).
    static func contains(_ place: Int, _ row: UnsafePointer<Float>, count: Int, k: Int) -> Bool {
        var larger = 0
        for index in 0..<count {
            guard row[index].isFinite else { return false }
            if row[index] > row[place] { larger += 1 }
        }
        return larger < k
    }

    /// Writes the places of the `k` largest elements; of equal ones the first is taken (TensorFlow's `top_k`).
    static func write(_ row: UnsafePointer<Float>, count: Int, k: Int, to places: UnsafeMutablePointer<Int32>)
    {
        var found = 0
        for index in 0..<count {
            if found == k, !(row[index] > row[Int(places[k - 1])]) { continue }
            var at = found == k ? k - 1 : found
            while at > 0, row[index] > row[Int(places[at - 1])] {
                places[at] = places[at - 1]
                at -= 1
            }
            places[at] = Int32(truncatingIfNeeded: index)
            if found < k { found += 1 }
        }
    }
}
