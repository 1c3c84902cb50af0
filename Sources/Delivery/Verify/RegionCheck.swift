import AWSCore
import AWSServices

/// Everything that the services of one region stand on.
struct RegionCheck {
    /// A service as it is, with the revision that its tasks run, or are going to.
    struct Survey: Sendable {
        var expected: VerifyTarget.Service
        var service: ECS.Service
        var revision: TaskRevision
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
            if let next = expected.next {
                surveys.append(Survey(expected: expected, service: service, revision: next))
            } else if let standing = try await revision(of: service) {
                surveys.append(Survey(expected: expected, service: service, revision: standing))
            } else {
                missing.append(
                    finding(
                        .service, expected.name, "has no active task definition",
                        next: "run `tickctl up --step 05-services --region \(region.name) --refresh`"))
            }
        }
        return (surveys, missing)
    }

    private func revision(of service: ECS.Service) async throws -> TaskRevision? {
        guard let standing = service.taskDefinition else { return nil }
        do {
            let found = try await verification.client.send(
                ECS.DescribeTaskDefinition(taskDefinition: standing, include: []), region: region.name
            ).taskDefinition
            return found.status == "ACTIVE" ? TaskRevision(found) : nil
        } catch let error as AWSError where error.code == "ClientException" {
            return nil
        }
    }

    /// Whether the registry has the image for the platform of the tasks.
    private func images(_ survey: Survey) async -> [VerifyFinding] {
        let image = survey.revision.containers.first { $0.name == survey.expected.container }?.image ?? ""
        return await verification.looking(for: .image, region: region.name, subject: image) {
            guard let architectures = try await verification.images.architectures(of: image, region: region.name)
            else {
                return [
                    finding(
                        .image, image, "is not in its registry, so no task of \(survey.expected.name) can start",
                        next: "run `tickctl image push`, or deploy another digest")
                ]
            }
            let wanted = survey.revision.architecture == "ARM64" ? "arm64" : "amd64"
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
            surveys.flatMap(\.revision.containers).compactMap(\.logConfiguration).compactMap { log in
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
