import AWSCore
import AWSServices
import Provisioning

/// Whether RDS offers a version of an engine in a region: it retires old ones.
struct EngineVersionCheck {
    var engine: String
    var version: String

    /// - Throws: `ProvisioningError.failed` that names the versions there are.
    func verify(_ scope: Scope<AWSCloud>) async throws {
        let client = scope.cloud.client
        let named = RDS.DescribeDBEngineVersions(engine: engine, engineVersion: version)
        let found = try await client.all(named, region: scope.region) { $0.dbEngineVersions }
        guard !found.contains(where: { $0.engineVersion == version }) else { return }
        let all = try await client.all(RDS.DescribeDBEngineVersions(engine: engine), region: scope.region) {
            $0.dbEngineVersions
        }
        let major = version.prefix { $0 != "." } + "."
        let offered = all.compactMap(\.engineVersion)
        let near = offered.filter { $0.hasPrefix(major) }
        throw ProvisioningError(
            .failed,
            "\(engine) \(version) is not offered in \(scope.region); there are "
                + (near.isEmpty ? offered : near).joined(separator: ", "),
            next: "set aurora.engineVersion in the stack file to one of them")
    }

    /// Whether `new` is a later minor version of the major version of `old`.
    static func isMinorUpgrade(from old: String, to new: String) -> Bool {
        let (old, new) = (numbers(old), numbers(new))
        return old.first == new.first && old.lexicographicallyPrecedes(new)
    }

    private static func numbers(_ version: String) -> [Int] { version.split(separator: ".").map { Int($0) ?? 0 } }
}
