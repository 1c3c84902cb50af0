/// An image's documents in one repository of a registry; what fails in passing is repeated.
struct RegistryContents: ImageContents {
    let session: RegistrySession
    let retry: RegistryRetry

    func manifest(_ reference: String?) async throws -> (bytes: [UInt8], mediaType: String) {
        let reference = reference ?? "latest"
        guard let manifest = try await retry.run({ try await session.manifest(reference) }) else {
            throw DeliveryError(
                .repositoryMissing, "\(session.endpoint) has no \(reference) in \(session.repository)",
                next: "push it with `tickctl image push`, or name another tag or digest")
        }
        return manifest
    }

    func blob(_ descriptor: OCIDescriptor) async throws -> [UInt8] {
        try await retry.run { try await session.blob(descriptor) }
    }

    func referrers(of subject: Digest) async throws -> [OCIDescriptor] {
        try await retry.run { try await session.referrers(of: subject) }
    }
}
