import Kernels

/// A pass over arrays of `count` floats, and how many such arrays it reads and writes.
private struct Pass {
    let name: String
    let arrays: Int
    let run: (Buffers, Int) -> Void
}

/// Arrays that the passes work on.
private struct Buffers {
    let x, y, z, w: UnsafeMutablePointer<Float>

    func fill(_ count: Int) {
        for place in 0..<count {
            x[place] = Float(place % 17) / 17 - 0.5
            y[place] = Float(place % 13) / 13
            z[place] = 0.01
            w[place] = 0.01
        }
    }
}

/// GB/s of passes over arrays that fit the first two caches and that do not fit any, beside a copy-and-scale of the
/// same size (`z = x + 0.5 y`, STREAM's triad).
func passes() {
    let sizes = [2048, 24_576, 16 << 20]
    print("| pass, GB/s | 8 KiB arrays | 96 KiB arrays | 64 MiB arrays |")
    print("| --- | ---: | ---: | ---: |")
    let capacity = sizes.max() ?? 0
    let buffers = Buffers(
        x: .allocate(capacity: capacity), y: .allocate(capacity: capacity), z: .allocate(capacity: capacity),
        w: .allocate(capacity: capacity))
    for pass in table {
        // A pass must not find infinities that another one has left.
        buffers.fill(capacity)
        // As in training: what an optimizer keeps of a gradient of zero decays.
        let speeds = Subnormals.flushed {
            sizes.map { count -> String in
                let time = seconds([{ pass.run(buffers, count) }])[0]
                return column(Double(pass.arrays * count * 4) / time / 1e9)
            }
        }
        print("| \(pass.name) | \(speeds.joined(separator: " | ")) |")
    }
    for buffer in [buffers.x, buffers.y, buffers.z, buffers.w] { buffer.deallocate() }
}

private var table: [Pass] {
    [
        Pass(name: "triad", arrays: 3) { each, count in
            for index in 0..<count { each.z[index] = each.x[index] + 0.5 * each.y[index] }
        },
        Pass(name: "add", arrays: 3) { Kernels.add($0.x, $0.y, to: $0.z, count: $1) },
        Pass(name: "sum", arrays: 1) { each, count in each.w[0] = Float(Kernels.sum(each.x, count: count)) },
        Pass(name: "column sums of 64", arrays: 1) {
            Kernels.columnSums($0.x, rows: $1 / 64, columns: 64, to: $0.w)
        },
        Pass(name: "softmax of 64", arrays: 2) {
            Kernels.softmax($0.x, to: $0.z, outer: $1 / 64, axis: 64)
        },
        Pass(name: "dropout", arrays: 2) {
            Philox(key: 7).dropout($0.x, to: $0.z, rate: 0.5, count: $1)
        },
    ]
        + [
            ("relu", ActivationKind.relu()), ("sigmoid", .sigmoid), ("tanh", .tanh),
            ("gelu", .gelu(approximate: false)),
        ]
        .map { name, kind in Pass(name: name, arrays: 2) { kind.forward($0.x, to: $0.z, count: $1) } }
        + [
            Pass(name: "SGD", arrays: 3) { updateSGD($0.x, gradient: $0.y, count: $1, learningRate: 1e-9) },
            Pass(name: "SGD with momentum", arrays: 5) {
                updateMomentumSGD(
                    $0.x, gradient: $0.y, count: $1, learningRate: 1e-9, momentum: 0.9, nesterov: false,
                    momentums: $0.z)
            },
            Pass(name: "RMSprop", arrays: 5) {
                updateRMSprop(
                    $0.x, gradient: $0.y, count: $1, learningRate: 1e-9, rho: 0.9, momentum: 0, epsilon: 1e-7,
                    velocities: $0.z, momentums: nil, averageGradients: nil)
            },
            Pass(name: "Adagrad", arrays: 5) {
                updateAdagrad(
                    $0.x, gradient: $0.y, count: $1, learningRate: 1e-9, epsilon: 1e-7, accumulators: $0.z)
            },
            Pass(name: "Adam", arrays: 7) {
                updateAdam(
                    $0.x, gradient: $0.y, count: $1, stepSize: 1e-9, beta1: 0.9, beta2: 0.999, epsilon: 1e-7,
                    momentums: $0.z, velocities: $0.w, velocityHats: nil)
            },
            Pass(name: "Lion", arrays: 5) {
                updateLion(
                    $0.x, gradient: $0.y, count: $1, learningRate: 1e-9, beta1: 0.9, beta2: 0.99,
                    momentums: $0.z)
            },
        ]
}
