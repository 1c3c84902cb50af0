internal import FoundationEssentials

extension ImageRecipe {
    /// https://github.com/opencontainers/image-spec/blob/v1.1.0/annotations.md#pre-defined-annotation-keys
    var labels: [String: String] {
        var labels = [
            "org.opencontainers.image.title": "tickctl",
            "org.opencontainers.image.description": "Provisions and serves a high-throughput ticketing platform on AWS",
            "org.opencontainers.image.licenses": "MIT",
            "org.opencontainers.image.created": createdText,
        ]
        labels["org.opencontainers.image.version"] = version
        labels["org.opencontainers.image.revision"] = revision
        labels["org.opencontainers.image.source"] = source
        return labels
    }

    func configuration(platform: OCIPlatform, layers: [OCILayer], labels: [String: String]) -> OCIConfiguration {
        OCIConfiguration(
            created: createdText,
            architecture: platform.architecture,
            os: platform.os,
            config: .init(
                user: "\(Self.user):\(Self.user)",
                environment: [
                    "PATH=/usr/local/bin:/usr/bin:/bin",
                    "HOME=/\(Self.home)",
                    "SSL_CERT_FILE=/\(Self.certificatesPath)",
                    "TZ=UTC",
                ],
                entrypoint: ["/\(Self.programPath)"],
                workingDirectory: "/\(Self.home)",
                volumes: ["/\(Self.home)": [:]],
                labels: labels),
            rootFileSystem: .init(diffIDs: layers.map(\.diffID)),
            history: ["system", "application"].map {
                .init(created: createdText, createdBy: "tickctl image build: \($0) layer")
            })
    }

    /// RFC 3339 in UTC.
    var createdText: String {
        Date(timeIntervalSince1970: Double(created)).formatted(.iso8601)
    }
}
