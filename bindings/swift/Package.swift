// swift-tools-version: 6.0
import Foundation
import PackageDescription

// Apps link the XCFramework that scripts/xcframework.sh makes; elsewhere the library scripts/bindings.sh builds is linked.
let framework = "Fieldbook.xcframework"
let isPackaged = FileManager.default.fileExists(atPath: "\(Context.packageDirectory)/\(framework)")

let library: [Target] =
    isPackaged
    ? [.binaryTarget(name: "FieldbookLibrary", path: framework)]
    : [.systemLibrary(name: "FieldbookRecordsFFI"), .systemLibrary(name: "FieldbookFFI")]

// Swift builds each file of Snippets, which docs/ios.md shows, with every product of the package. They use Apple's frameworks;
// where there are none, stand-ins declare what they call.
#if os(Linux)
let frameworks = ["BackgroundTasks", "Network", "Security", "SwiftUI", "UIKit"]
let standIns: [Target] = frameworks.map { .target(name: $0, path: "StandIns/\($0)") }
let products: [Product] = [.library(name: "StandIns", targets: frameworks)]
#else
let standIns: [Target] = []
let products: [Product] = []
#endif

let package = Package(
    name: "Fieldbook",
    platforms: [.iOS(.v16), .macOS(.v13)],
    products: products + [.library(name: "Fieldbook", targets: ["Fieldbook"])],
    targets: library + standIns + [
        .target(
            name: "Fieldbook", dependencies: library.map { .target(name: $0.name) },
            // What a static Rust library calls of the system; a shared one has linked it already.
            linkerSettings: isPackaged ? [.linkedFramework("Security"), .linkedFramework("SystemConfiguration")] : []),
        .executableTarget(name: "fieldbook-sample", dependencies: ["Fieldbook"]),
        .executableTarget(name: "fieldbook-bench", dependencies: ["Fieldbook"]),
        .testTarget(name: "FieldbookTests", dependencies: ["Fieldbook"]),
    ],
    swiftLanguageModes: [.v6]
)
