public import AWSCore
public import CurlTransport

/// Looks at everything that a deployment stands on, and tells all that is wrong at once. Changes nothing.
public struct Verification: Sendable {
    let client: AWSClient
    let transport: any HTTPTransport
    let images: any ImageLookup
    let target: VerifyTarget

    /// - Parameter transport: asks the endpoints for the time.
    public init(
        client: AWSClient, transport: any HTTPTransport, images: any ImageLookup, target: VerifyTarget
    ) {
        self.client = client
        self.transport = transport
        self.images = images
        self.target = target
    }

    /// Every finding, in the same order in every run; empty: all is well. What could not be looked at is a finding too.
    /// - Throws: `CancellationError`.
    public func findings() async throws -> [VerifyFinding] {
        let found = await withTaskGroup(of: [VerifyFinding].self) { group in
            for role in target.roles { group.addTask { await RoleCheck(self, role).findings() } }
            group.addTask { await serviceLinkedRoles() }
            for region in target.regions {
                group.addTask { await RegionCheck(self, region).findings() }
                group.addTask { await ClockCheck(self, region.name).findings() }
            }
            return await group.reduce(into: Set<VerifyFinding>()) { $0.formUnion($1) }
        }
        try Task.checkCancellation()
        return found.sorted()
    }

    /// `body`'s findings, or the one that it could not be done.
    func looking(
        for check: VerifyFinding.Check, region: String, subject: String, _ body: () async throws -> [VerifyFinding]
    ) async -> [VerifyFinding] {
        do {
            return try await body()
        } catch let finding as VerifyFinding {
            return [finding]
        } catch {
            return [
                VerifyFinding(
                    check, region: region, subject: subject, problem: "could not be looked at: \(error)",
                    next: Self.isDenied(error)
                        ? "let these credentials do this (`tickctl iam policy` prints what is needed), then run "
                            + "`tickctl verify` again"
                        : "run `tickctl doctor`, then `tickctl verify` again")
            ]
        }
    }

    private static func isDenied(_ error: any Error) -> Bool {
        guard let error = error as? AWSError else { return false }
        return error.status == 403 || error.code.hasPrefix("AccessDenied") || error.code == "UnauthorizedOperation"
    }
}
