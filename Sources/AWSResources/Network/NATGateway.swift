import AWSServices
import Foundation
import OpenSSLCrypto
public import Provisioning

/// Lets private subnets reach out, from a public subnet and under an elastic IP.
public struct NATGateway: AWSResource {
    public var subnet: Input
    public var allocationID: Input

    public init(subnet: Input, allocationID: Input) {
        self.subnet = subnet
        self.allocationID = allocationID
    }

    /// What `DescribeNatGateways` says of it.
    public struct Observed: Sendable, Equatable {
        public var id: String
        public var subnet: String
        /// nil where the answer does not say: AWS always lists the address, the emulator never does.
        public var allocationID: String?
    }

    public static let type = "ec2:natgateway"
    public static let explanation = """
        The way out for tasks and data. Costs by the hour and by the GB: the gateway endpoints and `network.endpoints` keep \
        traffic to AWS off it, and `network.nat: single` trades two of three for less availability.
        """
    public static let waiting = Waiting(deadline: .seconds(900), watchesDeletion: true)
    public static let identification = Identification.tags

    public func read(_ scope: Scope<AWSCloud>) async throws -> Observation<Observed>? {
        let living = try await scope.natGateways().filter { $0.state != "deleted" }
        return try scope.own(living, isLeaving: { $0.state == "deleting" }).map(Self.observation)
    }

    public func create(_ scope: Scope<AWSCloud>) async throws -> Observation<Observed> {
        let allocation = try scope.value(allocationID)
        let gateway = try await scope.send(
            EC2.CreateNatGateway(
                subnetId: try scope.value(subnet), allocationId: allocation,
                clientToken: try await clientToken(allocation, scope), tagSpecifications: scope.tagging("natgateway"))
        ).natGateway
        return Self.observation(of: gateway)
    }

    /// The same for a call that is repeated, another one for the next gateway: EC2 remembers a token longer than the
    /// gateway it made, and would answer with one that was deleted. So the deleted ones that are still listed count, and
    /// the hour does, since they are listed for an hour.
    private func clientToken(_ allocation: String, _ scope: Scope<AWSCloud>) async throws -> String {
        let dead = try await scope.natGateways().filter {
            ["deleting", "deleted", "failed"].contains($0.state) && scope.tags.owner(of: $0.tags) == .ours
        }
        let hour = Int(Date().timeIntervalSince1970 / 3600)
        return SHA256.hex("\(scope.tags.stack)/\(scope.node)/\(allocation)/\(dead.count)/\(hour)")
    }

    public func changes(from observed: Observed, _ values: Values) -> [Change] {
        var list = ChangeList()
        list.compare("subnet", observed: observed.subnet, desired: subnet, in: values, isImmutable: true)
        if let allocation = observed.allocationID {
            list.compare("allocationID", observed: allocation, desired: allocationID, in: values, isImmutable: true)
        }
        return list.changes
    }

    /// Nothing of it can be changed.
    public func update(
        _ observed: Observed, _ changes: [Change], _ scope: Scope<AWSCloud>
    ) async throws -> Observation<Observed>? { nil }

    public func delete(_ observed: Observed, _ scope: Scope<AWSCloud>) async throws {
        _ = try await scope.send(EC2.DeleteNatGateway(natGatewayId: observed.id))
    }

    public func permissions(at place: Place) -> [Permission] {
        NetworkPermissions.making("CreateNatGateway", at: place) + [
            NetworkPermissions.reading(["DescribeNatGateways"]),
            NetworkPermissions.using(["CreateNatGateway", "DeleteNatGateway"], at: place),
        ]
    }

    private static func observation(of gateway: EC2.NatGateway) -> Observation<Observed> {
        let state: ResourceState =
            switch gateway.state {
            case "available": .ready
            case "failed":
                .failed(
                    ["failed", gateway.failureCode, gateway.failureMessage].compactMap(\.self).joined(separator: ": "))
            case "deleting": .deleting(gateway.state)
            default: .changing(gateway.state)
            }
        return Observation(
            Observed(
                id: gateway.natGatewayId, subnet: gateway.subnetId,
                allocationID: gateway.natGatewayAddressSet.first?.allocationId),
            identity: gateway.natGatewayId, outputs: ["id": gateway.natGatewayId], owner: .ours, state: state)
    }
}

extension Placed<NATGateway> {
    public var id: Input { output("id") }
}
