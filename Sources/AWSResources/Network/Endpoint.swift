import AWSCore
import AWSServices
import Provisioning

// What gateway and interface endpoints share.

extension EC2.VpcEndpoint {
    var isLeaving: Bool { state.lowercased() == "deleting" }

    var resourceState: ResourceState {
        switch state.lowercased() {
        case "available": .ready
        case "deleting": .deleting("deleting")
        case "failed", "rejected", "expired": .failed(state.lowercased())
        default: .changing(state.lowercased())
        }
    }
}

extension Scope<AWSCloud> {
    /// "com.amazonaws.ap-northeast-1.ecr.api" of "ecr.api".
    func endpointService(_ name: String) -> String { "com.amazonaws.\(region).\(name)" }

    /// - Throws: `AWSError` with the code of the item that was not deleted: the call itself succeeds.
    func deleteEndpoint(_ id: String) async throws {
        let answer = try await send(EC2.DeleteVpcEndpoints(vpcEndpointIds: [id]))
        if let failure = answer.unsuccessful.compactMap(\.error).first {
            throw AWSError(
                code: failure.code, message: failure.message ?? "", service: EC2.service.name,
                action: EC2.DeleteVpcEndpoints.action, region: region)
        }
    }
}

extension ChangeList {
    /// Compares a set with inputs that may not be known yet; then it is one change.
    mutating func compareMembers(_ setting: String, observed: Set<String>, desired: [Input], in values: Values) {
        let known = desired.compactMap(values.known)
        if known.count == desired.count {
            compare(setting, observed: observed, desired: Set(known))
        } else {
            compare(setting, observed: observed.sorted().joined(separator: ", "), desired: Change.unknown)
        }
    }
}

enum EndpointPermissions {
    static func all(at place: Place) -> [Permission] {
        NetworkPermissions.making("CreateVpcEndpoint", at: place) + [
            NetworkPermissions.reading(["DescribeVpcEndpoints"]),
            NetworkPermissions.using(["CreateVpcEndpoint", "ModifyVpcEndpoint", "DeleteVpcEndpoints"], at: place),
        ]
    }
}
