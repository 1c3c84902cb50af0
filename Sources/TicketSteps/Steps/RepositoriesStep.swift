public import AWSResources
public import Provisioning
public import Ticketing

/// Step 01: one repository a role, and the stack's one image in each.
public struct RepositoriesStep {
    public static let id: StepID = "01-ecr"

    public let repositories: [Role: Placed<ECRRepository>]
    public let images: [Role: Placed<ContainerImage>]

    public init(
        addingTo graph: inout Graph<AWSCloud>, stack: Stack, region: Stack.Region, context: StackContext
    ) throws {
        var repositories: [Role: Placed<ECRRepository>] = [:]
        var images: [Role: Placed<ContainerImage>] = [:]
        for role in Role.allCases {
            let name = stack.programName(role)
            let repository = try graph.add(
                "repository-\(role.rawValue)", in: region.name, step: Self.id,
                ECRRepository(
                    name: name,
                    lifecycle: ImageLifecycle(
                        keepTagged: stack.image.keepTagged, dropUntaggedAfterDays: stack.image.dropUntaggedAfterDays)))
            repositories[role] = repository
            images[role] = try graph.add(
                "image-\(role.rawValue)", in: region.name, step: Self.id,
                ContainerImage(
                    repositoryName: name, repositoryURI: repository.uri, digest: context.image.digest,
                    tag: context.image.tag))
        }
        self.repositories = repositories
        self.images = images
    }
}
