// swift-tools-version: 6.2
import PackageDescription

// Fuzz targets, apart from the project's own package: they need libFuzzer, flags of their own, and nobody else builds them.
// `run` builds and starts them.

/// Coverage for the fuzzer, and bounds checks of unsafe pointers, which an optimised build leaves out.
let fuzzing: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .unsafeFlags(["-sanitize=fuzzer", "-assert-config", "Debug", "-enable-testing", "-parse-as-library"]),
]

let package = Package(
    name: "fuzz",
    dependencies: [.package(url: "https://github.com/apple/swift-nio", from: "2.101.2")],
    targets: [
        // A link to the project's sources.
        .target(
            name: "HTTPServer",
            dependencies: [
                .product(name: "NIOCore", package: "swift-nio"), .product(name: "NIOPosix", package: "swift-nio"),
            ], swiftSettings: fuzzing),
        .executableTarget(
            name: "RequestParserFuzz",
            dependencies: [
                "HTTPServer", .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
            ],
            swiftSettings: fuzzing, linkerSettings: [.unsafeFlags(["-sanitize=fuzzer", "-use-ld=lld"])]),
    ],
    swiftLanguageModes: [.v6]
)
