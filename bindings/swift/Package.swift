// swift-tools-version: 6.0
import PackageDescription

let package = Package(
    name: "Fieldbook",
    platforms: [.iOS(.v16), .macOS(.v13)],
    products: [.library(name: "Fieldbook", targets: ["Fieldbook"])],
    targets: [
        // The headers of the Rust library; written by `make bindings`.
        .systemLibrary(name: "FieldbookRecordsFFI"),
        .systemLibrary(name: "FieldbookFFI"),
        .target(name: "Fieldbook", dependencies: ["FieldbookRecordsFFI", "FieldbookFFI"]),
        .executableTarget(name: "fieldbook-sample", dependencies: ["Fieldbook"]),
        .testTarget(name: "FieldbookTests", dependencies: ["Fieldbook"]),
    ],
    swiftLanguageModes: [.v6]
)
