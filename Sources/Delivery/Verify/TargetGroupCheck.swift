import AWSCore
import AWSServices

/// Whether load balancer, service and container agree on the port, and health checks ask for what this binary answers.
struct TargetGroupCheck {
    private let check: RegionCheck
    private let surveys: [RegionCheck.Survey]

    init(_ check: RegionCheck, _ surveys: [RegionCheck.Survey]) {
        self.check = check
        self.surveys = surveys
    }

    func findings() async -> [VerifyFinding] {
        let containers = surveys.flatMap(containerHealth)
        let balanced = surveys.filter { $0.expected.port != nil }
        guard !balanced.isEmpty else { return containers }
        return containers
            + (await check.verification.looking(for: .targetPort, region: check.region.name, subject: "target groups") {
                let groups = try await check.verification.client.all(
                    ELBv2.DescribeTargetGroups(), region: check.region.name
                ) { $0.targetGroups }
                return balanced.flatMap { findings($0, groups) }
            })
    }

    private func findings(_ survey: RegionCheck.Survey, _ groups: [ELBv2.TargetGroup]) -> [VerifyFinding] {
        let (expected, region) = (survey.expected, check.region.name)
        let repair = "run `tickctl up --step 05-services --region \(region) --refresh`"
        guard let balancer = survey.service.loadBalancers.first(where: { $0.containerName == expected.container }),
            let arn = balancer.targetGroupArn, let port = balancer.containerPort
        else {
            return [check.finding(.targetPort, expected.name, "is behind no target group", next: repair)]
        }
        guard let group = groups.first(where: { $0.targetGroupArn == arn }) else {
            return [
                check.finding(.targetPort, expected.name, "names a target group that is gone: \(arn)", next: repair)
            ]
        }
        var found: [VerifyFinding] = []
        let mapped =
            survey.revision.containers.first { $0.name == expected.container }?.portMappings
            .map(\.containerPort) ?? []
        if group.port != port || !mapped.contains(port) {
            let opened = mapped.isEmpty ? "none" : mapped.map(String.init).joined(separator: ", ")
            found.append(
                check.finding(
                    .targetPort, group.targetGroupName,
                    "has port \(group.port.map(String.init) ?? "none"), service \(expected.name) sends to port \(port), "
                        + "container \(expected.container) opens \(opened)",
                    next: repair))
        }
        if let path = group.healthCheckPath, !expected.paths.contains(path) {
            found.append(unanswered(path, by: expected.container, of: group.targetGroupName, next: repair))
        }
        return found
    }

    /// The container's own health check: `tickctl health --path PATH`.
    private func containerHealth(_ survey: RegionCheck.Survey) -> [VerifyFinding] {
        guard
            let command = survey.revision.containers.first(where: { $0.name == survey.expected.container })?
                .healthCheck?.command, let option = command.firstIndex(of: "--path"),
            let path = command.dropFirst(option + 1).first, !survey.expected.paths.contains(path)
        else { return [] }
        return [
            unanswered(
                path, by: survey.expected.container,
                of: survey.revision.name,
                next: "run `tickctl up --step 04-taskdefs --region \(check.region.name) --refresh`")
        ]
    }

    private func unanswered(_ path: String, by container: String, of subject: String, next: String) -> VerifyFinding {
        check.finding(
            .healthPath, subject,
            "checks health at \(path), which role \(container) of this binary does not answer: every task would be "
                + "replaced again and again",
            next: next)
    }
}
