import Foundation
import Protocol
import Training

/// Hands libFuzzer's bytes to what reads a client's: `fuzz TARGET [libFuzzer's arguments]`.
@main enum Fuzz {
    typealias Target = @convention(c) (UnsafePointer<UInt8>?, Int) -> Int32

    static let targets: [String: Target] = [
        "request": { requests(bytes($0, $1)) },
        "chunks": { chunks(bytes($0, $1)) },
        "gzip": { gzip(bytes($0, $1)) },
        "fields": { fields(bytes($0, $1)) },
        "npy": { npy(bytes($0, $1)) },
        "npz": { npz(bytes($0, $1)) },
        "csv": { csv(bytes($0, $1)) },
        "safetensors": { safetensors(bytes($0, $1)) },
        "json": { json(bytes($0, $1)) },
        "model": { models(bytes($0, $1)) },
        "training": { trainings(bytes($0, $1)) },
        "expression": { expressions(bytes($0, $1)) },
    ]

    static func main() {
        guard CommandLine.arguments.count > 1, let target = targets[CommandLine.arguments[1]] else {
            print("usage: fuzz \(targets.keys.sorted().joined(separator: "|")) [libFuzzer's arguments]")
            exit(64)
        }
        let kept = [CommandLine.arguments[0]] + CommandLine.arguments.dropFirst(2)
        var count = Int32(kept.count)
        var words: [UnsafeMutablePointer<CChar>?] = kept.map { strdup($0) } + [nil]
        words.withUnsafeMutableBufferPointer { buffer in
            var base = buffer.baseAddress
            exit(runFuzzer(&count, &base, target))
        }
    }

    private static func bytes(_ start: UnsafePointer<UInt8>?, _ count: Int) -> [UInt8] {
        Array(UnsafeBufferPointer(start: start, count: count))
    }
}

/// The entry of libFuzzer that leaves `main` to the program (compiler-rt/lib/fuzzer/FuzzerInterface.h).
@_silgen_name("LLVMFuzzerRunDriver")
private func runFuzzer(
    _ count: UnsafeMutablePointer<Int32>,
    _ words: UnsafeMutablePointer<UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?>,
    _ target: Fuzz.Target
) -> Int32
