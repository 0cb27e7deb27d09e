/// Moving runs of floats by a table of places: permuting, cropping, padding, repeating, looking up.

/// `y[row, i] = x[row, indices[i]]` for runs of `run` floats; a run whose index is negative is `padding`.
///
/// - `indices`: for each of `count` runs of a row of y, which run of the row of x stands there.
/// - `rowStride`: floats from one row of x to the next.
public func gatherRuns(
    _ x: UnsafePointer<Float>, rowStride: Int, indices: UnsafePointer<Int32>, count: Int, run: Int,
    to y: UnsafeMutablePointer<Float>, rows: Int, padding: Float = 0
) {
    for row in 0..<rows {
        let source = x + row * rowStride
        let target = y + row * count * run
        if run == 1 {
            for index in 0..<count {
                let place = Int(indices[index])
                target[index] = place < 0 ? padding : source[place]
            }
            continue
        }
        for index in 0..<count {
            let place = Int(indices[index])
            if place < 0 {
                (target + index * run).update(repeating: padding, count: run)
            } else {
                (target + index * run).update(from: source + place * run, count: run)
            }
        }
    }
}

/// The gradient of `gatherRuns`: adds `dy[row, i]` to `dx[row, indices[i]]`, in the order of i.
///
/// - `isFirst`: of each index, whether none before it is the same; its run is then added to zero, whatever stands in its
///   place. Without it all is added to what stands there.
/// - `part`: the floats of a run to add, so that threads may share the work without changing its order.
public func scatterRuns(
    _ dy: UnsafePointer<Float>, indices: UnsafePointer<Int32>, isFirst: UnsafePointer<Bool>? = nil,
    count: Int,
    run: Int, part: Range<Int>? = nil, to dx: UnsafeMutablePointer<Float>, rowStride: Int, rows: Int
) {
    let part = part ?? 0..<run
    for row in 0..<rows {
        let source = dy + row * count * run
        let target = dx + row * rowStride
        for index in 0..<count {
            let place = Int(indices[index])
            if place < 0 { continue }
            if run == 1 {
                // What would have been zero: of -0 comes 0.
                target[place] = (isFirst?[index] == true ? 0 : target[place]) + source[index]
                continue
            }
            let sum = target + place * run + part.lowerBound
            let more = source + index * run + part.lowerBound
            if isFirst?[index] == true {
                map(more, to: sum, count: part.count) { $0 + 0 }
            } else {
                add(sum, more, to: sum, count: part.count)
            }
        }
    }
}
