import AWSCore
import AWSResources
import AWSServices
import CurlTransport
import Delivery
import Foundation
import Provisioning
import TicketSteps

/// The image of the running program: built once, kept under .tickctl.
struct StackImage: Sendable {
    static let layout = OCILayout(path: ".tickctl/image")

    let stack: Stack
    let environment: [String: String]
    /// The program, once for each platform; empty: this one.
    var binaries: [String] = []

    func build() async throws -> BuiltImage {
        try await OCIImage.build(Self.recipe(environment, binaries: binaries), into: Self.layout)
    }

    /// In GitHub Actions the image says which commit it is and which workflow made it
    /// (https://docs.github.com/en/actions/reference/workflows-and-actions/variables).
    static func recipe(_ environment: [String: String], binaries: [String] = []) -> ImageRecipe {
        var recipe = ImageRecipe(
            created: environment["SOURCE_DATE_EPOCH"].flatMap(Int.init) ?? 0, version: Tickctl.version,
            revision: environment["GITHUB_SHA"].nonEmpty)
        if !binaries.isEmpty { recipe.executables = binaries }
        if let server = environment["GITHUB_SERVER_URL"].nonEmpty {
            recipe.source = environment["GITHUB_REPOSITORY"].nonEmpty.map { "\(server)/\($0)" }
            if let workflow = environment["GITHUB_WORKFLOW_REF"].nonEmpty { recipe.builder = "\(server)/\(workflow)" }
        }
        return recipe
    }

    func identity() async throws -> StackContext.ImageIdentity {
        let image = try await build()
        return StackContext.ImageIdentity(
            digest: image.digest.description, tag: tag(of: image), architecture: image.platform?.architecture ?? "amd64"
        )
    }

    /// IMAGE_TAG or `image.tag`; else from the digest, so that one tag can never mean two images.
    func tag(of image: BuiltImage) -> String { stack.image.tag ?? "sha-\(image.digest.hex.prefix(16))" }
}

/// Pushes the stack's image to ECR, or to the registry of TICKCTL_REGISTRY_ENDPOINT.
actor RegistryPublisher: ImagePublisher {
    private let image: StackImage
    private let client: AWSClient
    private let transport: CurlTransport
    private let environment: [String: String]
    private let callClock: CallClock
    private var logins: [String: Task<RegistryClient, any Error>] = [:]
    /// The first push to each registry; what it brings there, the others take over.
    private var firstPushes: [String: (repository: String, push: Task<PushReport, any Error>)] = [:]

    init(
        image: StackImage, client: AWSClient, transport: CurlTransport, environment: [String: String],
        callClock: CallClock
    ) {
        self.image = image
        self.client = client
        self.transport = transport
        self.environment = environment
        self.callClock = callClock
    }

    nonisolated var registryElsewhere: String? {
        environment["TICKCTL_REGISTRY_ENDPOINT"].nonEmpty.flatMap { try? RegistryEndpoint($0).host }
    }

    func digestElsewhere(repository: String, tag: String) async throws -> String? {
        try await login(registry: "", region: "elsewhere").digest(of: tag, repository: repository)
    }

    func publish(repository: String, registry: String, region: String, tag: String) async throws -> String {
        let built = try await image.build()
        return try await push(built, repository: repository, region: region, registry: registry, tag: tag)
            .digest.description
    }

    func push(
        _ built: BuiltImage, repository: String, region: String, registry: String, tag: String
    ) async throws -> PushReport {
        let client = try await login(registry: registry, region: region)
        let started = ContinuousClock.now
        defer { callClock.record(started.duration(to: .now)) }
        let place = place(region)
        if let first = firstPushes[place] {
            // Where the first push failed, this one stands alone.
            let source = (try? await first.push.value).map { _ in first.repository }
            return try await client.push(built, repository: repository, tag: tag, mountingFrom: source)
        }
        let push = Task { try await client.push(built, repository: repository, tag: tag) }
        firstPushes[place] = (repository, push)
        return try await withTaskCancellationHandler {
            try await push.value
        } onCancel: {
            push.cancel()
        }
    }

    /// What `reference` names, with this run's login.
    func inspect(_ reference: ImageReference, region: String) async throws -> ImageInspection {
        try await login(registry: reference.endpoint.host, region: region)
            .inspect(reference.reference, repository: reference.repository)
    }

    /// What tells one registry from another.
    private func place(_ region: String) -> String { registryElsewhere == nil ? region : "elsewhere" }

    /// One login a region, whoever asks.
    private func login(registry: String, region: String) async throws -> RegistryClient {
        let region = place(region)
        if let login = logins[region] { return try await login.value }
        let (client, transport, environment) = (client, transport, environment)
        let login = Task {
            if let endpoint = environment["TICKCTL_REGISTRY_ENDPOINT"].nonEmpty {
                return RegistryClient(
                    endpoint: try RegistryEndpoint(endpoint), transport: transport,
                    credentials: Self.credentials(environment))
            }
            let answer = try await client.send(ECR.GetAuthorizationToken(), region: region)
            guard let data = answer.authorizationData.first,
                let decoded = Data(base64Encoded: data.authorizationToken).map({ String(decoding: $0, as: UTF8.self) }),
                let colon = decoded.firstIndex(of: ":")
            else {
                throw Refusal(description: "ECR in \(region) answered no usable authorization token")
            }
            return RegistryClient(
                endpoint: try RegistryEndpoint(data.proxyEndpoint ?? "https://\(registry)"), transport: transport,
                credentials: RegistryCredentials(
                    user: String(decoded[..<colon]), password: String(decoded[decoded.index(after: colon)...])))
        }
        logins[region] = login
        return try await login.value
    }

    /// TICKCTL_REGISTRY_USER and TICKCTL_REGISTRY_PASSWORD, for a registry elsewhere.
    static func credentials(_ environment: [String: String]) -> RegistryCredentials? {
        guard let user = environment["TICKCTL_REGISTRY_USER"].nonEmpty else { return nil }
        return RegistryCredentials(user: user, password: environment["TICKCTL_REGISTRY_PASSWORD"] ?? "")
    }
}
