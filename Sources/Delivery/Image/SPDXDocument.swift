internal import Foundation

/// The bill of materials of one image (https://spdx.github.io/spdx-spec/v2.3/): the image, the distribution's packages
/// whose files it holds, and the Swift packages that are linked into its program.
struct SPDXDocument: Codable, Equatable {
    static let mediaType = "application/spdx+json"

    struct CreationInfo: Codable, Equatable {
        var created: String
        var creators: [String]
    }

    struct ExternalReference: Codable, Equatable {
        var referenceCategory = "PACKAGE-MANAGER"
        var referenceType = "purl"
        /// https://github.com/package-url/purl-spec
        var referenceLocator: String
    }

    struct Checksum: Codable, Equatable {
        var algorithm = "SHA256"
        var checksumValue: String
    }

    struct Package: Codable, Equatable {
        var id: String
        var name: String
        var versionInfo: String?
        var downloadLocation = "NOASSERTION"
        var filesAnalyzed = false
        var licenseConcluded = "NOASSERTION"
        var licenseDeclared = "NOASSERTION"
        var copyrightText = "NOASSERTION"
        var primaryPackagePurpose = "LIBRARY"
        var checksums: [Checksum]?
        var externalRefs: [ExternalReference]?

        enum CodingKeys: String, CodingKey {
            case id = "SPDXID"
            case name, versionInfo, downloadLocation, filesAnalyzed, licenseConcluded, licenseDeclared, copyrightText
            case primaryPackagePurpose, checksums, externalRefs
        }
    }

    struct Relationship: Codable, Equatable {
        var spdxElementId: String
        var relationshipType: String
        var relatedSpdxElement: String
    }

    var spdxVersion = "SPDX-2.3"
    var dataLicense = "CC0-1.0"
    var id = "SPDXRef-DOCUMENT"
    var name: String
    var documentNamespace: String
    var creationInfo: CreationInfo
    var packages: [Package]
    var relationships: [Relationship]

    enum CodingKeys: String, CodingKey {
        case id = "SPDXID"
        case spdxVersion, dataLicense, name, documentNamespace, creationInfo, packages, relationships
    }

    /// - Parameter digest: of the manifest that the document is attached to; it also makes the namespace unique.
    init(
        digest: Digest, platform: OCIPlatform, version: String?, created: String, system: [SystemPackage],
        linked: [SwiftPackage]
    ) {
        let image = Package(
            id: "SPDXRef-image", name: "tickctl", versionInfo: version, licenseDeclared: "MIT",
            primaryPackagePurpose: "CONTAINER", checksums: [Checksum(checksumValue: digest.hex)],
            externalRefs: [
                .init(referenceLocator: "pkg:oci/tickctl@sha256%3A\(digest.hex)?arch=\(platform.architecture)")
            ])
        let systemPackages = system.enumerated().map { number, package in
            Package(
                id: "SPDXRef-system-\(number)", name: package.name, versionInfo: package.version,
                externalRefs: Self.address(of: package).map { [.init(referenceLocator: $0)] })
        }
        let swiftPackages = linked.enumerated().map { number, package in
            Package(
                id: "SPDXRef-swift-\(number)", name: package.name,
                versionInfo: package.version ?? package.revision,
                downloadLocation: "git+\(package.address)@\(package.revision)",
                externalRefs: [.init(referenceLocator: Self.address(of: package))])
        }
        name = "tickctl \(platform)"
        documentNamespace = "https://spdx.org/spdxdocs/tickctl-\(digest.hex)"
        creationInfo = CreationInfo(created: created, creators: ["Tool: tickctl-\(version ?? "unknown")"])
        packages = [image] + systemPackages + swiftPackages
        relationships =
            [Relationship(spdxElementId: id, relationshipType: "DESCRIBES", relatedSpdxElement: image.id)]
            + systemPackages.map {
                Relationship(spdxElementId: image.id, relationshipType: "CONTAINS", relatedSpdxElement: $0.id)
            }
            + swiftPackages.map {
                Relationship(spdxElementId: image.id, relationshipType: "DEPENDS_ON", relatedSpdxElement: $0.id)
            }
    }

    private static func address(of package: SystemPackage) -> String? {
        guard let version = package.version, let distribution = package.distribution else { return nil }
        let architecture = package.architecture.map { "?arch=\($0)" } ?? ""
        return "pkg:deb/\(distribution)/\(escaped(package.name))@\(escaped(version))\(architecture)"
    }

    private static func address(of package: SwiftPackage) -> String {
        let path = package.address.components(separatedBy: "://").last ?? package.address
        return "pkg:swift/\(path)@\(escaped(package.version ?? package.revision))"
    }

    private static func escaped(_ text: String) -> String {
        text.addingPercentEncoding(withAllowedCharacters: .alphanumerics.union(.init(charactersIn: ".-_~"))) ?? text
    }
}
