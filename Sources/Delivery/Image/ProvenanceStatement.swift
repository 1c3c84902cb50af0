/// How an image was made: an in-toto statement (https://in-toto.io/Statement/v1) with SLSA's predicate
/// (https://slsa.dev/spec/v1.0/provenance). It names no moment of its own, so that equal builds have equal statements.
struct ProvenanceStatement: Codable, Equatable {
    static let mediaType = "application/vnd.in-toto+json"
    static let predicateType = "https://slsa.dev/provenance/v1"

    struct Resource: Codable, Equatable {
        var name: String?
        var uri: String?
        /// Algorithm -> hex.
        var digest: [String: String]
    }

    struct BuildDefinition: Codable, Equatable {
        struct Parameters: Codable, Equatable {
            var platform: String
            var sourceDateEpoch: Int
            var version: String?
            var revision: String?
        }
        var buildType = "https://in-toto.io/attestation/tickctl/image-build/v1"
        var externalParameters: Parameters
        var resolvedDependencies: [Resource]
    }

    struct RunDetails: Codable, Equatable {
        struct Builder: Codable, Equatable {
            var id: String
        }
        var builder: Builder
    }

    struct Predicate: Codable, Equatable {
        var buildDefinition: BuildDefinition
        var runDetails: RunDetails
    }

    var type = "https://in-toto.io/Statement/v1"
    var subject: [Resource]
    var predicateType = Self.predicateType
    var predicate: Predicate

    enum CodingKeys: String, CodingKey {
        case type = "_type"
        case subject, predicateType, predicate
    }

    /// - Parameters:
    ///   - digest: of the image's manifest.
    ///   - layers: the layers as the image lists them.
    init(
        digest: Digest, platform: OCIPlatform, recipe: ImageRecipe, layers: [OCILayer], linked: [SwiftPackage]
    ) {
        var dependencies: [Resource] = []
        if let source = recipe.source, let revision = recipe.revision {
            dependencies.append(Resource(uri: "git+\(source)@\(revision)", digest: ["gitCommit": revision]))
        }
        dependencies += zip(["system layer", "application layer"], layers).map { name, layer in
            Resource(name: name, digest: ["sha256": layer.diffID.hex])
        }
        dependencies += linked.map {
            Resource(name: $0.name, uri: "git+\($0.address)@\($0.revision)", digest: ["gitCommit": $0.revision])
        }
        subject = [Resource(name: "tickctl", digest: ["sha256": digest.hex])]
        predicate = Predicate(
            buildDefinition: BuildDefinition(
                externalParameters: .init(
                    platform: platform.description, sourceDateEpoch: recipe.created, version: recipe.version,
                    revision: recipe.revision),
                resolvedDependencies: dependencies),
            runDetails: RunDetails(builder: .init(id: recipe.builder)))
    }
}
