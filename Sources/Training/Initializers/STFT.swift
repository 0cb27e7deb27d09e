import Foundation
import Kernels
import Protocol

/// The real or imaginary part of a windowed short-time Fourier transform, as a kernel of shape (frame length, channels,
/// frequencies) (keras/src/initializers/constant_initializers.py; the windows are SciPy's sums of cosines).
struct STFT: Initializer {
    static let className = "STFT"
    static let aliases = ["STFTInitializer"]
    static let arguments: [Argument] = [
        .choice("side", ["real", "imag"], default: "real"),
        Argument("window", .value, default: "hann"),
        .boolean("periodic", default: false),
        Argument("scaling", .value, default: "density"),
    ]

    /// The weights of the cosines that windows are made of.
    private static let windows: [String: [Double]] = [
        "boxcar": [1],
        "hann": [0.5, 0.5],
        "hamming": [0.54, 0.46],
        "blackman": [0.42, 0.5, 0.08],
        "nuttall": [0.363_581_9, 0.489_177_5, 0.136_599_5, 0.010_641_1],
        "blackmanharris": [0.358_75, 0.488_29, 0.141_28, 0.011_68],
        "flattop": [0.215_578_95, 0.416_631_58, 0.277_263_158, 0.083_578_947, 0.006_947_368],
    ]

    let configuration: Arguments

    init(_ arguments: Arguments) throws {
        configuration = arguments
        guard ["density", "spectrum", .null].contains(arguments.config["scaling"] ?? .null) else {
            throw ArgumentError("scaling", "scaling is density, spectrum or null.")
        }
        guard let window = arguments.config["window"], !window.isNull else { return }
        if let name = window.string {
            guard Self.windows[name] == nil else { return }
            let known = Self.windows.keys.sorted()
            throw ArgumentError(
                "window",
                "Unknown window '\(name.prefix(40))'. \(Suggestion.sentence(for: name, among: known))")
        }
        guard let numbers = window.array, numbers.allSatisfy({ $0.number != nil }) else {
            throw ArgumentError("window", "window is a name, a list of numbers or null, not \(window.brief).")
        }
    }

    func check(shape: [Int]) throws {
        guard shape.count == 3 else {
            throw ArgumentError(nil, "STFT initializes variables of three dimensions, not \(shape.count).")
        }
        guard configuration.config["window"]?.array != nil else { return }
        let count = configuration.numbers("window").count
        guard count == shape[0] else {
            throw ArgumentError(
                "window", "window has \(count) values, but the variable's frames have \(shape[0]).")
        }
    }

    func fill(_ values: UnsafeMutableBufferPointer<Float>, shape: [Int], stream: UInt64) throws {
        try check(shape: shape)
        let (length, channels, frequencies) = (shape[0], shape[1], shape[2])
        let window = window(length)
        var scale = 1.0
        switch configuration.optionalString("scaling") {
        case "density" where window != nil: scale = (window ?? []).reduce(0) { $0 + $1 * $1 }.squareRoot()
        case "spectrum" where window != nil: scale = (window ?? []).reduce(0) { $0 + abs($1) }
        default: break
        }
        let isReal = configuration.string("side") == "real"
        let size = Double((frequencies - 1) * 2)
        for time in 0..<length {
            let weight = (window?[time] ?? 1) / scale
            for frequency in 0..<frequencies {
                let angle = -2 * Double.pi * Double(time) * (Double(frequency) / size)
                let value = Float((isReal ? cos(angle) : sin(angle)) * weight)
                for channel in 0..<channels {
                    values[(time * channels + channel) * frequencies + frequency] = value
                }
            }
        }
    }

    /// The window's `length` values, nil for none.
    private func window(_ length: Int) -> [Double]? {
        guard let written = configuration.config["window"], !written.isNull else { return nil }
        guard let name = written.string, let weights = Self.windows[name] else {
            return configuration.numbers("window")
        }
        guard length > 1 else { return Array(repeating: 1, count: length) }
        let period = Double(configuration.bool("periodic") ? length : length - 1)
        return (0..<length).map { index in
            weights.enumerated().reduce(0) { sum, weight in
                let angle = 2 * Double.pi * Double(weight.offset) * Double(index) / period
                return sum + (weight.offset % 2 == 0 ? 1 : -1) * weight.element * cos(angle)
            }
        }
    }
}
