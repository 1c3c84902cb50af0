// swift-tools-version: 6.2
import PackageDescription

let settings: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .treatAllWarnings(as: .error),
]

/// A library or executable of this package; `dependencies` may only name layers below (docs/decisions/0001-layers.md).
func layer(_ name: String, _ dependencies: [Target.Dependency] = [], resources: [Resource] = []) -> Target {
    .target(name: name, dependencies: dependencies, resources: resources, swiftSettings: settings)
}

func tests(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
    .testTarget(name: name + "Tests", dependencies: [.init(stringLiteral: name)] + dependencies, swiftSettings: settings)
}

let argumentParser: Target.Dependency = .product(name: "ArgumentParser", package: "swift-argument-parser")
let yams: Target.Dependency = .product(name: "Yams", package: "Yams")

let package = Package(
    name: "tickctl",
    products: [.executable(name: "tickctl", targets: ["tickctl"])],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
    ],
    targets: [
        // C libraries: a module map and typed shims, no logic.
        .systemLibrary(name: "CCurl", pkgConfig: "libcurl", providers: [.apt(["libcurl4-openssl-dev"])]),
        .systemLibrary(name: "COpenSSL", pkgConfig: "libcrypto", providers: [.apt(["libssl-dev"])]),
        .systemLibrary(name: "CPostgres", pkgConfig: "libpq", providers: [.apt(["libpq-dev"])]),
        .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),

        // One owning type per C handle.
        layer("CurlTransport", ["CCurl"]),
        layer("PostgresClient", ["CPostgres"]),
        layer("OpenSSLCrypto", ["COpenSSL"]),

        layer("AWSCore", ["CurlTransport", "OpenSSLCrypto", "COpenSSL"]),
        layer("AWSServices", ["AWSCore"]),

        layer("Provisioning", ["OpenSSLCrypto"]),
        layer("Ticketing"),

        layer("AWSResources", ["Provisioning", "AWSServices", "AWSCore", "OpenSSLCrypto"]),
        layer("TicketStores", ["Ticketing", "PostgresClient", "OpenSSLCrypto"]),

        layer("TicketSteps", ["AWSResources", "AWSCore", "Provisioning", "Ticketing", yams]),
        layer("Delivery", ["CurlTransport", "OpenSSLCrypto", "CZlib"]),

        .executableTarget(
            name: "tickctl",
            dependencies: [
                "TicketSteps", "Delivery", "TicketStores", "Ticketing", "AWSResources", "AWSServices", "AWSCore",
                "CurlTransport", "PostgresClient", "OpenSSLCrypto", "Provisioning", argumentParser,
            ],
            swiftSettings: settings
        ),

        // Never linked into tickctl.
        layer("TestSupport", ["CurlTransport"]),

        tests("CurlTransport", ["TestSupport"]),
        tests("AWSCore", ["TestSupport", "CurlTransport"]),
        tests("Provisioning", ["TestSupport"]),
        tests("AWSResources", ["TestSupport", "Provisioning", "AWSServices", "AWSCore"]),
        tests("TicketStores", ["TestSupport", "PostgresClient", "Ticketing"]),
        tests("TicketSteps", ["TestSupport", "Provisioning", "AWSResources", "Ticketing"]),
        tests("Delivery", ["TestSupport", "CurlTransport"]),
    ],
    swiftLanguageModes: [.v6]
)
