import Provisioning

/// A resource was made, but a setting that needs a call of its own was not applied.
///
/// Making it once more would leave two: it is to be looked up by its tags and finished by an update.
public struct UnfinishedCreation: Error, CustomStringConvertible {
    /// What the cloud calls the half-made resource.
    public var identity: String
    /// What stopped the later call.
    public var underlying: any Error

    public var description: String { "\(identity) was made, but not all of its settings: \(underlying)" }

    /// Runs the calls that follow the creating one.
    /// - Throws: `UnfinishedCreation`; `CancellationError` and what stops the whole run as they are.
    static func guarding(_ identity: String, _ body: () async throws -> Void) async throws {
        do {
            try await body()
        } catch let error as CancellationError {
            throw error
        } catch let error as ProvisioningError {
            throw error
        } catch {
            throw UnfinishedCreation(identity: identity, underlying: error)
        }
    }
}
