// swift-tools-version: 6.2
import PackageDescription

// The inner loops are built for a vector unit; everything else runs on any processor of the architecture.
#if arch(x86_64)
    let processor = Context.environment["NATIVE"] == "1" ? "native" : "x86-64-v3"
    let machine = ["-march=\(processor)"]
    let wideMachine = ["-Xcc", "-march=x86-64-v4"]
#else
    let machine: [String] = []
    let wideMachine: [String] = []
#endif
let vectorUnit = machine.flatMap { ["-Xcc", $0] }

// Whole-module in debug too, since a helper that is not inlined into its loop costs ten times the loop;
// `-fno-math-errno` lets a square root be one instruction.
let innerLoops = [
    "-Ounchecked", "-wmo", "-disable-batch-mode", "-num-threads", "1", "-Xcc", "-fno-math-errno",
]

let package = Package(
    name: "fitd",
    products: [
        .executable(name: "fitd", targets: ["fitd"]),
        .library(name: "Training", targets: ["Training"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-collections", from: "1.6.0"),
        .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.0"),
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.0"),
    ],
    targets: [
        .systemLibrary(
            name: "COpenSSL", pkgConfig: "openssl", providers: [.apt(["libssl-dev"])]),
        .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
        // Linux's epoll, which Swift's Glibc module leaves out.
        .systemLibrary(name: "CEpoll"),
        // Says at the start what the processor lacks of what the inner loops were built for, and has it take
        // subnormal numbers as zero.
        .target(name: "CProcessor", cSettings: [.unsafeFlags(machine)]),
        .target(
            name: "Protocol",
            dependencies: [
                "CZlib", "COpenSSL",
                .product(name: "OrderedCollections", package: "swift-collections"),
            ]),
        // Products in tiles of AVX-512, by the source that Kernels has for its own vectors, for processors that have it.
        .target(name: "Panels"),
        .target(
            name: "WideTiles", dependencies: ["CProcessor", "Panels"],
            swiftSettings: [.unsafeFlags(innerLoops + wideMachine)]),
        .target(
            name: "Kernels", dependencies: ["CProcessor", "Panels", "WideTiles"],
            swiftSettings: [.unsafeFlags(innerLoops + vectorUnit)]),
        .target(
            name: "Training",
            dependencies: [
                "Kernels", "Protocol",
                .product(name: "OrderedCollections", package: "swift-collections"),
            ]),
        .target(
            name: "Server",
            dependencies: [
                "Training", "Protocol", "CEpoll", "COpenSSL", "CZlib",
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "GRDB", package: "GRDB.swift"),
                .product(name: "OrderedCollections", package: "swift-collections"),
                .product(name: "DequeModule", package: "swift-collections"),
            ],
            resources: [.embedInCode("API/openapi.yaml"), .embedInCode("Dashboard/Files")]),
        .executableTarget(
            name: "fitd",
            dependencies: [
                "CProcessor", "Server",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "Logging", package: "swift-log"),
            ]),
        .executableTarget(
            name: "kernels", dependencies: ["Kernels", "WidePeak"], path: "Benchmarks/Kernels",
            swiftSettings: [.unsafeFlags(innerLoops + vectorUnit)]),
        .target(
            name: "WidePeak", path: "Benchmarks/WidePeak",
            swiftSettings: [.unsafeFlags(innerLoops + wideMachine)]),
        .testTarget(name: "ProtocolTests", dependencies: ["Protocol"]),
        .testTarget(name: "KernelsTests", dependencies: ["Kernels"]),
        .target(name: "AllocationCounter", path: "Tests/AllocationCounter"),
        .target(name: "MutexAnnotations", path: "Tests/MutexAnnotations"),
        .testTarget(
            name: "TrainingTests",
            dependencies: ["Training", "Kernels", "Protocol", "AllocationCounter", "MutexAnnotations"]),
        .testTarget(
            name: "ServerTests",
            dependencies: [
                "Server", "Protocol", "COpenSSL", "MutexAnnotations", .product(name: "Yams", package: "Yams"),
            ]),
    ],
    swiftLanguageModes: [.v6]
)

// What make fuzz builds, with a sanitizer and instrumented throughout: of the server the parsers alone, by links.
if Context.environment["FUZZ"] == "1" {
    package.targets.append(
        .executableTarget(
            name: "fuzz",
            dependencies: [
                "Training", "Protocol", "CZlib", .product(name: "HTTPTypes", package: "swift-http-types"),
            ],
            path: "Tests/Fuzz", exclude: ["Corpus"]))
}
