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
    .testTarget(
        name: name + "Tests", dependencies: [.init(stringLiteral: name)] + dependencies, swiftSettings: settings)
}

let argumentParser: Target.Dependency = .product(name: "ArgumentParser", package: "swift-argument-parser")
let yams: Target.Dependency = .product(name: "Yams", package: "Yams")
let grdb: Target.Dependency = .product(name: "GRDB", package: "GRDB.swift")
let histogram: Target.Dependency = .product(name: "Histogram", package: "hdrhistogram-swift")
let lifecycle: Target.Dependency = .product(name: "ServiceLifecycle", package: "swift-service-lifecycle")
let logging: Target.Dependency = .product(name: "Logging", package: "swift-log")
let metrics: Target.Dependency = .product(name: "Metrics", package: "swift-metrics")
let nio: Target.Dependency = .product(name: "NIOCore", package: "swift-nio")
let nioEmbedded: Target.Dependency = .product(name: "NIOEmbedded", package: "swift-nio")
let nioPosix: Target.Dependency = .product(name: "NIOPosix", package: "swift-nio")
let nioTLS: Target.Dependency = .product(name: "NIOSSL", package: "swift-nio-ssl")
let signals: Target.Dependency = .product(name: "UnixSignals", package: "swift-service-lifecycle")
let tracing: Target.Dependency = .product(name: "Tracing", package: "swift-distributed-tracing")

let package = Package(
    name: "tickctl",
    products: [.executable(name: "tickctl", targets: ["tickctl"])],
    dependencies: [
        .package(url: "https://github.com/HdrHistogram/hdrhistogram-swift", from: "0.2.0"),
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-distributed-tracing", from: "1.7.3"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-metrics", from: "2.13.0"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.6"),
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
    ],
    targets: [
        // C libraries: a module map and typed shims, no logic.
        .systemLibrary(name: "CCurl", pkgConfig: "libcurl", providers: [.apt(["libcurl4-openssl-dev"])]),
        .systemLibrary(name: "CExpat", pkgConfig: "expat", providers: [.apt(["libexpat1-dev"])]),
        .systemLibrary(name: "COpenSSL", pkgConfig: "libcrypto", providers: [.apt(["libssl-dev"])]),
        .systemLibrary(name: "CPostgres", pkgConfig: "libpq", providers: [.apt(["libpq-dev"])]),
        // Its pkg-config file carries a flag that SwiftPM warns about; the headers are where the compiler looks anyway.
        .systemLibrary(name: "CHiredis", providers: [.apt(["libhiredis-dev"])]),
        .systemLibrary(name: "CMalloc"),
        .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),

        // One owning type per C handle.
        layer("CurlTransport", ["CCurl"]),
        layer("PostgresClient", ["CPostgres"]),
        layer("OpenSSLCrypto", ["COpenSSL"]),
        layer("RedisClient", ["CHiredis", nio, nioPosix, nioTLS]),

        layer("AWSCore", ["CurlTransport", "OpenSSLCrypto", "CExpat", "COpenSSL"]),
        layer("AWSServices", ["AWSCore"]),

        layer("Provisioning", ["OpenSSLCrypto"]),
        layer("Ticketing", ["OpenSSLCrypto"]),
        layer("HTTPServer", [nio, nioPosix]),
        layer("StrictYAML", [yams]),
        layer("Observability", [logging, metrics, nio, nioPosix, tracing]),

        layer("AWSResources", ["Provisioning", "AWSServices", "AWSCore", "OpenSSLCrypto"]),
        layer(
            "TicketStores",
            [
                "Ticketing", "PostgresClient", "RedisClient", "AWSServices", "AWSCore", "OpenSSLCrypto", grdb, logging,
                metrics,
            ]),

        layer("TicketSteps", ["AWSResources", "AWSCore", "Provisioning", "StrictYAML", "Ticketing", yams]),
        layer(
            "Delivery", ["AWSServices", "AWSCore", "Provisioning", "CurlTransport", "OpenSSLCrypto", "CZlib"],
            resources: [.embedInCode("Image/Embedded")]),
        layer(
            "ServiceRoles",
            ["Ticketing", "HTTPServer", "Observability", "OpenSSLCrypto", logging, metrics, nio, tracing, yams],
            resources: [.embedInCode("Contract/Embedded")]),
        layer(
            "LoadTest",
            ["AWSServices", "AWSCore", "OpenSSLCrypto", "StrictYAML", "Ticketing", histogram, nio, nioPosix, nioTLS]),

        .executableTarget(
            name: "tickctl",
            dependencies: [
                "TicketSteps", "Delivery", "ServiceRoles", "LoadTest", "StrictYAML", "HTTPServer", "Observability",
                "TicketStores",
                "RedisClient", "Ticketing", "AWSResources", "AWSServices", "AWSCore",
                "CMalloc", "CurlTransport", "PostgresClient", "OpenSSLCrypto", "Provisioning", argumentParser,
                lifecycle,
                logging,
                metrics,
                nio, nioPosix, signals, tracing,
            ],
            swiftSettings: settings
        ),

        // Of `make bench`.
        .executableTarget(
            name: "LedgerBench", dependencies: ["TicketStores", "PostgresClient", "Ticketing"],
            path: "Benchmarks/LedgerBench", swiftSettings: settings),

        // Never linked into tickctl.
        layer("TestSupport", ["CurlTransport"]),

        tests("CurlTransport", ["TestSupport"]),
        tests("AWSCore", ["TestSupport", "CurlTransport"]),
        tests("Provisioning", ["TestSupport"]),
        tests("AWSResources", ["TestSupport", "Provisioning", "AWSServices", "AWSCore"]),
        tests("PostgresClient", ["TestSupport"]),
        tests("RedisClient", ["TestSupport", nio, nioPosix]),
        tests("HTTPServer", ["TestSupport", nio, nioEmbedded, nioPosix]),
        tests("Observability", ["TestSupport", logging, metrics, nio, nioPosix, tracing]),
        tests("Ticketing", ["TestSupport", "OpenSSLCrypto"]),
        tests(
            "TicketStores",
            ["TestSupport", "PostgresClient", "RedisClient", "AWSCore", "AWSServices", "CurlTransport", "Ticketing"]),
        tests("ServiceRoles", ["TestSupport", "Ticketing", "TicketStores", "HTTPServer", logging, nio]),
        tests("TicketSteps", ["TestSupport", "Provisioning", "AWSResources", "StrictYAML", "Ticketing"]),
        tests("Delivery", ["TestSupport", "AWSServices", "AWSCore", "Provisioning", "CurlTransport"]),
        tests("LoadTest", ["TestSupport", "StrictYAML", "AWSServices", "AWSCore", "CurlTransport", nio, nioPosix]),
    ],
    swiftLanguageModes: [.v6]
)
