internal import OpenSSLCrypto

/// One blob on its way from its file into one repository.
///
/// A large blob goes in chunks. After a lost connection the registry is asked how far it got, and the upload goes on from
/// there; where the registry has dropped the upload it begins anew. Memory is bounded by the transport's buffer.
struct BlobUpload {
    enum Outcome: Sendable {
        /// The repository had it, or had it after a request whose answer was lost.
        case present
        /// Taken over from another repository of the same registry.
        case mounted
        case uploaded
    }

    /// Bytes. Above the 5 MiB that stores like S3 want for a part, and what one lost connection costs at most.
    static let chunkSize = 16 << 20

    let session: RegistrySession
    let blob: OCIDescriptor
    let path: String
    let retry: RegistryRetry
    var chunkSize = Self.chunkSize

    /// Four failures without new progress end it, so the number of requests is bounded by the number of chunks.
    /// - Parameter source: a repository of the same registry that has the blob, for a mount.
    /// - Throws: `DeliveryError`, `CancellationError`.
    func run(mountingFrom source: String?) async throws -> Outcome {
        var source = source
        var upload: UploadPosition?
        var isUncertain = false
        var takesChunks = session.endpoint.takesChunks
        func goesWhole(_ upload: UploadPosition) -> Bool {
            !takesChunks || blob.size <= max(chunkSize, upload.minimumChunkSize)
        }
        var (failures, furthest) = (0, 0)
        while true {
            do {
                if upload == nil || isUncertain, try await session.hasBlob(blob) { return .present }
                if let lost = upload, isUncertain { upload = try await session.position(of: lost, blob) }
                isUncertain = false
                guard let current = upload else {
                    switch try await session.beginUpload(of: blob, mountingFrom: source) {
                    case .mounted: return .mounted
                    case .started(let position): (upload, source) = (position, nil)
                    }
                    continue
                }
                if goesWhole(current) {
                    try await session.upload(blob, from: path, to: current)
                    return .uploaded
                }
                guard current.offset < blob.size else {
                    try await session.finish(blob, current)
                    return .uploaded
                }
                let end = min(current.offset + max(chunkSize, current.minimumChunkSize), blob.size)
                guard let reached = try await session.sendChunk(of: blob, from: path, at: current, to: end) else {
                    throw DeliveryError(
                        .uploadLost, "\(session.endpoint) expects another part of \(blob.digest) than what was sent",
                        next: "run again; when it happens again, look at the registry's log")
                }
                upload = reached
                if reached.offset <= current.offset {
                    // It answers success and keeps nothing: it takes blobs in one piece only.
                    (upload, takesChunks) = (nil, false)
                } else if reached.offset > furthest, reached.offset == end {
                    (furthest, failures) = (end, 0)
                } else if reached.offset < end {
                    failures += 1
                    guard failures < RegistryRetry.attempts else {
                        throw DeliveryError(
                            .registryRefused,
                            "\(session.endpoint) takes \(blob.digest) in ever smaller pieces: it is at byte "
                                + "\(reached.offset) of \(blob.size)",
                            next: "look at the registry's log for the reason")
                    }
                }
            } catch let error as DeliveryError {
                let error = try examined(error)
                guard error.isTransient else { throw error }
                try await retry.pause(after: error, failures: &failures)
                // What was sent whole cannot be resumed, and a digest that did not match ends the upload.
                if error.code == .digestMismatch || upload.map(goesWhole) == true { upload = nil }
                isUncertain = true
            }
        }
    }

    /// A digest that does not match: is it the file here, or were the bytes damaged on the way? Those may be sent again.
    private func examined(_ error: DeliveryError) throws -> DeliveryError {
        guard error.code == .digestMismatch else { return error }
        let file = try InputFile(opening: path)
        let hasher = SHA256()
        while case let bytes = try file.read(1 << 20), !bytes.isEmpty { hasher.update(bytes) }
        let actual = Digest(hasher)
        guard actual != blob.digest else {
            var error = error
            error.isTransient = true
            return error
        }
        return DeliveryError(
            .digestMismatch, "the file \(path) is damaged: its digest is \(actual). \(error.message)",
            next: "delete the layout folder, build and push again", underlying: error)
    }
}
