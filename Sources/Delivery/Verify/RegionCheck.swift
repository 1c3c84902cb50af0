import AWSCore
import AWSServices

/// Everything that the services of one region stand on.
struct RegionCheck {
    /// A service as it is, with the revision that the next task of its family would run.
    struct Survey: Sendable {
        var expected: VerifyTarget.Service
        var service: ECS.Service
        var revision: ECS.TaskDefinition
    }

    let verification: Verification
    let region: VerifyTarget.Region

    init(_ verification: Verification, _ region: VerifyTarget.Region) {
        self.verification = verification
        self.region = region
    }

    func findings() async -> [VerifyFinding] {
        await verification.looking(for: .service, region: region.name, subject: region.cluster) {
            let (surveys, missing) = try await survey()
            let found = await withTaskGroup(of: [VerifyFinding].self) { group in
                for survey in surveys { group.addTask { await images(survey) } }
                group.addTask { await SecretCheck(self, surveys).findings() }
                group.addTask { await logGroups(surveys) }
                group.addTask { await TargetGroupCheck(self, surveys).findings() }
                group.addTask { await CapacityCheck(self, surveys).findings() }
                return await group.reduce(into: []) { $0 += $1 }
            }
            return missing + found
        }
    }

    /// Reads services and revisions; what is missing comes back as findings.
    private func survey() async throws -> ([Survey], [VerifyFinding]) {
        let answer = try await verification.client.send(
            ECS.DescribeServices(cluster: region.cluster, services: region.services.map(\.name), include: []),
            region: region.name)
        var surveys: [Survey] = []
        var missing: [VerifyFinding] = []
        for expected in region.services {
            guard
                let service = answer.services.first(where: {
                    $0.serviceName == expected.name && $0.status == "ACTIVE"
                })
            else {
                missing.append(
                    finding(
                        .service, expected.name, "does not exist in cluster \(region.cluster)",
                        next: "run `tickctl up --step 05-services --region \(region.name)`"))
                continue
            }
            do {
                let revision = try await verification.client.send(
                    ECS.DescribeTaskDefinition(taskDefinition: expected.family, include: []), region: region.name
                ).taskDefinition
                guard revision.status == "ACTIVE" else {
                    missing.append(noRevision(expected.family))
                    continue
                }
                surveys.append(Survey(expected: expected, service: service, revision: revision))
            } catch let error as AWSError where error.code == "ClientException" {
                missing.append(noRevision(expected.family))
            }
        }
        return (surveys, missing)
    }

    private func noRevision(_ family: String) -> VerifyFinding {
        finding(
            .service, family, "has no active task definition",
            next: "run `tickctl up --step 04-taskdefs --region \(region.name)`")
    }

    /// Whether the registry has the image for the platform of the tasks.
    private func images(_ survey: Survey) async -> [VerifyFinding] {
        let image =
            survey.expected.image
            ?? survey.revision.containerDefinitions.first { $0.name == survey.expected.container }?.image ?? ""
        return await verification.looking(for: .image, region: region.name, subject: image) {
            guard let architectures = try await verification.images.architectures(of: image, region: region.name)
            else {
                return [
                    finding(
                        .image, image, "is not in its registry, so no task of \(survey.expected.name) can start",
                        next: "run `tickctl image push`, or deploy another digest")
                ]
            }
            let wanted = survey.revision.runtimePlatform?.cpuArchitecture == "ARM64" ? "arm64" : "amd64"
            guard !architectures.contains(wanted) else { return [] }
            return [
                finding(
                    .image, image,
                    "is for \(architectures.sorted().joined(separator: ", ")), but the tasks of "
                        + "\(survey.expected.name) run on \(wanted)",
                    next: "build on \(wanted), or change `tasks.architecture` in the stack file")
            ]
        }
    }

    /// A task whose log group is missing does not start.
    private func logGroups(_ surveys: [Survey]) async -> [VerifyFinding] {
        let logs = Set(
            surveys.flatMap(\.revision.containerDefinitions).compactMap(\.logConfiguration).compactMap { log in
                log.options["awslogs-group"]
            })
        var found: [VerifyFinding] = []
        for group in logs.sorted() {
            found += await verification.looking(for: .logGroup, region: region.name, subject: group) {
                let groups = try await verification.client.all(
                    Logs.DescribeLogGroups(logGroupNamePrefix: group), region: region.name
                ) { $0.logGroups.map(\.logGroupName) }
                guard !groups.contains(group) else { return [] }
                return [
                    finding(
                        .logGroup, group, "does not exist",
                        next: "run `tickctl up --step 02-cluster --region \(region.name) --refresh`")
                ]
            }
        }
        return found
    }

    func finding(
        _ check: VerifyFinding.Check, _ subject: String, _ problem: String, next: String
    ) -> VerifyFinding {
        VerifyFinding(check, region: region.name, subject: subject, problem: problem, next: next)
    }
}
