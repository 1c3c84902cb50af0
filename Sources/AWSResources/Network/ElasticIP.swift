import AWSServices
public import Provisioning

/// A fixed public address, for a NAT gateway.
public struct ElasticIP: AWSResource {
    public init() {}

    /// What `DescribeAddresses` says of it.
    public struct Observed: Sendable, Equatable {
        public var allocationID: String
    }

    public static let type = "ec2:elastic-ip"
    public static let explanation = """
        The address under which the private subnets appear on the internet. Costs by the hour, used or not; there are five \
        a region unless the quota is raised.
        """
    /// Refused until the NAT gateway that had it is gone.
    public static let waiting = Waiting(deadline: .seconds(900))
    public static let identification = Identification.tags

    public func read(_ scope: Scope<AWSCloud>) async throws -> Observation<Observed>? {
        try scope.own(await scope.addresses()).map {
            Self.observation(allocationID: $0.allocationId, publicIP: $0.publicIp)
        }
    }

    public func create(_ scope: Scope<AWSCloud>) async throws -> Observation<Observed> {
        let address = try await scope.send(EC2.AllocateAddress(tagSpecifications: scope.tagging("elastic-ip")))
        return Self.observation(allocationID: address.allocationId, publicIP: address.publicIp)
    }

    public func changes(from observed: Observed, _ values: Values) -> [Change] { [] }

    public func update(
        _ observed: Observed, _ changes: [Change], _ scope: Scope<AWSCloud>
    ) async throws -> Observation<Observed>? { nil }

    public func delete(_ observed: Observed, _ scope: Scope<AWSCloud>) async throws {
        _ = try await scope.send(EC2.ReleaseAddress(allocationId: observed.allocationID))
    }

    public func permissions(at place: Place) -> [Permission] {
        NetworkPermissions.making("AllocateAddress", at: place) + [
            NetworkPermissions.reading(["DescribeAddresses"]),
            NetworkPermissions.using(["ReleaseAddress"], at: place),
        ]
    }

    private static func observation(allocationID: String, publicIP: String) -> Observation<Observed> {
        Observation(
            Observed(allocationID: allocationID), identity: allocationID,
            outputs: ["allocationID": allocationID, "publicIP": publicIP], owner: .ours)
    }
}

extension Placed<ElasticIP> {
    public var allocationID: Input { output("allocationID") }
    public var publicIP: Input { output("publicIP") }
}
