// swift-tools-version: 6.1
import PackageDescription

// The server that status polling is held against; a package of its own, so that fitd does not depend on it.
let package = Package(
    name: "Polling",
    dependencies: [.package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.0")],
    targets: [
        .executableTarget(
            name: "Polling", dependencies: [.product(name: "Hummingbird", package: "hummingbird")])
    ])
