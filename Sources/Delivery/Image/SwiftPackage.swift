internal import Foundation

/// A Swift package that this program was built from, as Package.resolved pinned it.
struct SwiftPackage: Equatable {
    /// The last part of its address, "swift-nio".
    var name: String
    /// "https://github.com/apple/swift-nio".
    var address: String
    var version: String?
    /// The commit.
    var revision: String

    /// Package.resolved of this build, compiled in: the program can be packed far from its sources.
    static let linked: [SwiftPackage] = {
        guard let packages = try? parse(PackageResources.swift_packages_json) else {
            preconditionFailure("the Package.resolved that this program was built from is malformed")
        }
        return packages
    }()

    /// Reads a Package.resolved of version 2 or 3; sorted by name.
    static func parse(_ bytes: [UInt8]) throws -> [SwiftPackage] {
        struct Resolved: Decodable {
            struct Pin: Decodable {
                struct State: Decodable {
                    var revision: String
                    var version: String?
                }
                var location: String
                var state: State
            }
            var pins: [Pin]
        }
        return try CanonicalJSON.decode(Resolved.self, from: bytes).pins.map { pin in
            let address = pin.location.hasSuffix(".git") ? String(pin.location.dropLast(4)) : pin.location
            return SwiftPackage(
                name: address.split(separator: "/").last.map(String.init) ?? address, address: address,
                version: pin.state.version, revision: pin.state.revision)
        }.sorted { $0.name < $1.name }
    }
}
