/// How Keras fits the shapes of two arrays together before it compares or multiplies them. The batch comes first.
enum ShapeFit {
    /// The shapes without a last axis of size 1 where one has it too many, and with it where the other has rank 1
    /// (`squeeze_or_expand_to_same_rank` in keras/src/losses/loss.py).
    static func sameRank(_ first: [Int], _ second: [Int]) -> (first: [Int], second: [Int]) {
        if first.count == second.count + 1, first.last == 1 {
            return second.count == 1 ? (first, second + [1]) : (Array(first.dropLast()), second)
        }
        if second.count == first.count + 1, second.last == 1 {
            return first.count == 1 ? (first + [1], second) : (first, Array(second.dropLast()))
        }
        return (first, second)
    }

    /// The shape to which two are repeated along axes of size 1; nil where they do not fit.
    ///
    /// Axes are held together from the last one, as NumPy does. Where that would set the batch of one against another
    /// axis of the other, and so each sample against all, the shapes do not fit.
    static func repeated(_ first: [Int], _ second: [Int]) -> [Int]? {
        guard first.count == second.count, first.first == second.first else { return nil }
        var shape: [Int] = []
        for (one, other) in zip(first, second) {
            guard one == other || one == 1 || other == 1 else { return nil }
            shape.append(one == 1 ? other : one)
        }
        return shape
    }
}

/// Which element of a row stands at each element of a longer one, to which it is repeated along axes of size 1.
struct RowMap {
    /// Elements of a row that is repeated.
    let sourceCount: Int
    /// Elements of a row that it is repeated to.
    let count: Int
    /// The places in the row; nil when each element stands at its own.
    private let places: UnsafeMutablePointer<Int>?

    /// A map from `source` to `shape`, which has the same rank, and the same size where source's is not 1.
    init(_ source: [Int], to shape: [Int], arena: Arena) throws {
        sourceCount = source.dropFirst().reduce(1, *)
        count = shape.dropFirst().reduce(1, *)
        guard sourceCount != count else {
            places = nil
            return
        }
        let places: UnsafeMutablePointer<Int> = try arena.take(count)
        for element in 0..<count {
            var (rest, place, stride) = (element, 0, 1)
            for axis in shape.indices.dropFirst().reversed() {
                if source[axis] != 1 {
                    place += rest % shape[axis] * stride
                    stride *= source[axis]
                }
                rest /= shape[axis]
            }
            places[element] = place
        }
        self.places = places
    }

    /// The place in a row of what stands at an element of the longer row.
    @inline(__always)
    subscript(element: Int) -> Int { places.map { $0[element] } ?? element }
}
