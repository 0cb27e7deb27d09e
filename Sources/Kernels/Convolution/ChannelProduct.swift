/// The sums of a convolution that sees each channel by itself. Windows are read where they lie in the input: element e
/// of window w is the channels at `x[windows[w] + elements[e]]`. Each sum has the order of its windows or elements,
/// however windows are cut into ranges.
public struct ChannelProduct {
    let elements: UnsafePointer<Int>
    let elementCount: Int
    let channels: Int

    /// - `elements`: where each of `elementCount` elements is, from a window's beginning.
    public init(elements: UnsafePointer<Int>, count elementCount: Int, channels: Int) {
        self.elements = elements
        self.elementCount = elementCount
        self.channels = channels
    }

    /// `y[w, c] = Σ_e x[windows[w] + elements[e] + c] · kernel[e, c]`, with a bias for each channel and an activation.
    public func multiply(
        _ x: UnsafePointer<Float>, windows: UnsafePointer<Int>, count: Int, by kernel: UnsafePointer<Float>,
        to y: UnsafeMutablePointer<Float>, bias: UnsafePointer<Float>?, activation: ActivationKind
    ) {
        let output = Output(c: y, leading: channels, accumulate: false, bias: bias, activation: activation)
        let fours = count / 4 * 4
        for row in stride(from: 0, to: fours, by: 4) {
            multiplyFour(x, windows + row, by: kernel, to: y + row * channels, bias, floor: output.floor)
        }
        for row in fours..<count {
            multiplyOne(
                x + windows[row], by: kernel, to: y + row * channels, bias, floor: output.floor)
        }
        output.activate(rows: 0..<count, columns: 0..<channels)
    }

    /// Four windows, for each of which an element of the kernel is loaded once.
    private func multiplyFour(
        _ x: UnsafePointer<Float>, _ windows: UnsafePointer<Int>, by kernel: UnsafePointer<Float>,
        to y: UnsafeMutablePointer<Float>, _ bias: UnsafePointer<Float>?, floor: Float
    ) {
        let (x0, x1, x2, x3) = (x + windows[0], x + windows[1], x + windows[2], x + windows[3])
        let floor = Vector(repeating: floor)
        forEachPiece(channels) { channel, lanes in
            var y0 = bias.map { Vector(at: $0 + channel, lanes: lanes) } ?? Vector()
            var (y1, y2, y3) = (y0, y0, y0)
            for element in 0..<elementCount {
                let place = elements[element] + channel
                let factor = Vector(at: kernel + element * channels + channel, lanes: lanes)
                y0.addProduct(Vector(at: x0 + place, lanes: lanes), factor)
                y1.addProduct(Vector(at: x1 + place, lanes: lanes), factor)
                y2.addProduct(Vector(at: x2 + place, lanes: lanes), factor)
                y3.addProduct(Vector(at: x3 + place, lanes: lanes), factor)
            }
            y0.atLeast(floor).store(to: y + channel, lanes: lanes)
            y1.atLeast(floor).store(to: y + channels + channel, lanes: lanes)
            y2.atLeast(floor).store(to: y + 2 * channels + channel, lanes: lanes)
            y3.atLeast(floor).store(to: y + 3 * channels + channel, lanes: lanes)
        }
    }

    private func multiplyOne(
        _ x: UnsafePointer<Float>, by kernel: UnsafePointer<Float>, to y: UnsafeMutablePointer<Float>,
        _ bias: UnsafePointer<Float>?, floor: Float
    ) {
        forEachPiece(channels) { channel, lanes in
            var sum = bias.map { Vector(at: $0 + channel, lanes: lanes) } ?? Vector()
            for element in 0..<elementCount {
                sum.addProduct(
                    Vector(at: x + elements[element] + channel, lanes: lanes),
                    Vector(at: kernel + element * channels + channel, lanes: lanes))
            }
            sum.atLeast(Vector(repeating: floor)).store(to: y + channel, lanes: lanes)
        }
    }

    /// `sum[e, c] = Σ_w x[windows[w] + elements[e] + c] · dz[w, c]`: the gradient by the kernel.
    /// - `accumulate`: whether it is added to what the sum holds.
    public func kernelGradient(
        _ x: UnsafePointer<Float>, windows: UnsafePointer<Int>, count: Int, _ dz: UnsafePointer<Float>,
        to sum: UnsafeMutablePointer<Float>, accumulate: Bool
    ) {
        let last = elementCount - 1
        for element in stride(from: 0, through: last, by: 3) {
            // Behind the last element it is summed again, and not stored.
            let places = (
                elements[element], elements[min(element + 1, last)], elements[min(element + 2, last)]
            )
            forEachPiece(channels) { channel, lanes in
                let sums = threeElements(
                    x + channel, windows, count, dz + channel, places: places, lanes: lanes)
                let place = sum + element * channels + channel
                store(sums.0, to: place, lanes: lanes, accumulate)
                if element + 1 <= last { store(sums.1, to: place + channels, lanes: lanes, accumulate) }
                if element + 2 <= last { store(sums.2, to: place + 2 * channels, lanes: lanes, accumulate) }
            }
        }
    }

    @inline(__always)
    private func threeElements(
        _ x: UnsafePointer<Float>, _ windows: UnsafePointer<Int>, _ count: Int, _ dz: UnsafePointer<Float>,
        places: (Int, Int, Int), lanes: Int
    ) -> (Vector, Vector, Vector) {
        // Windows in turn, since a sum waits for the one before.
        var (even0, even1, even2) = (Vector(), Vector(), Vector())
        var (odd0, odd1, odd2) = (Vector(), Vector(), Vector())
        var window = 0
        while window + 2 <= count {
            let (even, odd) = (x + windows[window], x + windows[window + 1])
            let gradient = Vector(at: dz + window * channels, lanes: lanes)
            let next = Vector(at: dz + (window + 1) * channels, lanes: lanes)
            even0.addProduct(Vector(at: even + places.0, lanes: lanes), gradient)
            odd0.addProduct(Vector(at: odd + places.0, lanes: lanes), next)
            even1.addProduct(Vector(at: even + places.1, lanes: lanes), gradient)
            odd1.addProduct(Vector(at: odd + places.1, lanes: lanes), next)
            even2.addProduct(Vector(at: even + places.2, lanes: lanes), gradient)
            odd2.addProduct(Vector(at: odd + places.2, lanes: lanes), next)
            window += 2
        }
        if window < count {
            let even = x + windows[window]
            let gradient = Vector(at: dz + window * channels, lanes: lanes)
            even0.addProduct(Vector(at: even + places.0, lanes: lanes), gradient)
            even1.addProduct(Vector(at: even + places.1, lanes: lanes), gradient)
            even2.addProduct(Vector(at: even + places.2, lanes: lanes), gradient)
        }
        return (even0 + odd0, even1 + odd1, even2 + odd2)
    }

    @inline(__always)
    private func store(
        _ value: Vector, to place: UnsafeMutablePointer<Float>, lanes: Int, _ accumulate: Bool
    ) {
        let sum = accumulate ? Vector(at: UnsafePointer(place), lanes: lanes) + value : value
        sum.store(to: place, lanes: lanes)
    }

    /// `dx[windows[w] + elements[e] + c] += dz[w, c] · kernel[e, c]`: the gradient by the input.
    public func addInputGradient(
        _ dz: UnsafePointer<Float>, windows: UnsafePointer<Int>, count: Int, by kernel: UnsafePointer<Float>,
        to dx: UnsafeMutablePointer<Float>
    ) {
        for window in 0..<count {
            let (gradient, target) = (dz + window * channels, dx + windows[window])
            forEachPiece(channels) { channel, lanes in
                let factor = Vector(at: gradient + channel, lanes: lanes)
                for element in 0..<elementCount {
                    let place = target + elements[element] + channel
                    var sum = Vector(at: UnsafePointer(place), lanes: lanes)
                    sum.addProduct(Vector(at: kernel + element * channels + channel, lanes: lanes), factor)
                    sum.store(to: place, lanes: lanes)
                }
            }
        }
    }
}
