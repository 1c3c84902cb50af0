public import AWSServices
import Provisioning

extension TaskDefinition {
    /// The request for the revision after `standing`: what this definition says, with what only a run of `up` can know
    /// (addresses, ARNs) read off `standing`. So a release asks nothing of the databases and queues, and needs no
    /// permission to.
    /// - Parameters:
    ///   - digest: the image's, in the repository that `standing` names; nil: the image stays.
    ///   - architecture: "X86_64" or "ARM64"; nil: it stays.
    /// - Throws: `UnknownSetting` for a setting that is new and that `up` must resolve first.
    public func successor(
        of standing: ECS.TaskDefinition, digest: String?, architecture: String?, tags: [String: String]
    ) throws -> ECS.RegisterTaskDefinition {
        var known: [Input: String] = [:]
        known[executionRole] = standing.executionRoleArn
        known[taskRole] = standing.taskRoleArn
        for container in containers {
            guard let old = standing.containerDefinitions.first(where: { $0.name == container.name }) else { continue }
            if case .value = container.image {
            } else {
                known[container.image] = digest.map { "\(old.image.prefix { $0 != "@" })@\($0)" } ?? old.image
            }
            for (name, input) in container.environment {
                if let value = old.environment.first(where: { $0.name == name })?.value { known[input] = value }
            }
            for (name, input) in container.secrets {
                if let arn = old.secrets.first(where: { $0.name == name })?.valueFrom { known[input] = arn }
            }
            known[container.log.group] = old.logConfiguration?.options["awslogs-group"]
        }
        var next = self
        next.architecture = architecture ?? standing.runtimePlatform?.cpuArchitecture ?? self.architecture
        return try next.request(tags: tags) { input in
            if case .value(let text) = input { return text }
            guard let text = known[input] else {
                throw UnknownSetting(family: family, references: input.references.map(\.description))
            }
            return text
        }
    }

    /// A new setting stands on something whose address no revision has yet.
    public struct UnknownSetting: Error, CustomStringConvertible {
        public var family: String
        public var references: [String]

        public var description: String {
            "\(family) has a new setting from \(references.joined(separator: ", ")), which its running revision does not "
                + "tell; `tickctl up --step 04-taskdefs` brings it"
        }
    }
}
