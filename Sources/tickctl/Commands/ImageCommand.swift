import ArgumentParser
import CurlTransport
import Delivery
import Foundation
import TicketSteps

struct ImageCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "image", abstract: "The container image of this very program, without a Docker daemon.",
        subcommands: [Build.self, Push.self, Inspect.self])

    struct Programs: ParsableArguments {
        @Option(
            name: .customLong("binary"),
            help: "The program to put in; twice for amd64 and arm64 under one index. Default: this one.")
        var binaries: [String] = []
    }

    struct Build: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "build",
            abstract: "Writes the image as an OCI layout. The same input makes the same digest.",
            discussion: """
                The digest goes to stdout. SOURCE_DATE_EPOCH sets the image's time. The program goes in without symbols and \
                debugging information.
                """)

        @OptionGroup var programs: Programs
        @Option(help: "The folder of the layout.")
        var out = StackImage.layout.path

        func run() async throws {
            let recipe = StackImage.recipe(ProcessInfo.processInfo.environment, binaries: programs.binaries)
            let image = try await OCIImage.build(recipe, into: OCILayout(path: out))
            for one in image.images {
                Terminal.standardError(
                    "\(out): \(one.manifest.platform?.architecture ?? "") image, \(megabytes(one.compressedSize)) compressed, "
                        + "\(one.layers.count) layers (\(one.reusedLayerCount) as before)\n")
            }
            Terminal.standardOutput("\(image.digest)\n")
        }
    }

    struct Push: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "push",
            abstract: "Builds the image and uploads what the repositories lack.",
            discussion: """
                To ECR in every region of the stack, or to TICKCTL_REGISTRY_ENDPOINT (with TICKCTL_REGISTRY_USER and \
                TICKCTL_REGISTRY_PASSWORD where it asks for them). `tickctl up --step 01-ecr` does the same and makes the \
                repositories first.
                """)

        @OptionGroup var stackOptions: StackOptions
        @OptionGroup var programs: Programs
        @Option(help: "The tag; default: IMAGE_TAG, image.tag, or one derived from the digest.")
        var tag: String?

        func run() async throws {
            var values = try stackOptions.load()
            let isElsewhere = ProcessInfo.processInfo.environment["TICKCTL_REGISTRY_ENDPOINT"].nonEmpty != nil
            // A registry elsewhere belongs to no account, so that none is asked for.
            if isElsewhere, values.account == nil { values.account = "000000000000" }
            let stack = values
            let session = try await Session.open(stack, Console(json: false))
            let source = StackImage(stack: stack, environment: session.environment, binaries: programs.binaries)
            let image = try await source.build()
            let publisher = RegistryPublisher(
                image: source, client: session.client, transport: session.transport, environment: session.environment,
                callClock: session.callClock)
            let tag = tag ?? source.tag(of: image)
            let regions = (isElsewhere ? [stack.regions[0]] : stack.regions).map(\.name)
            try await withThrowingTaskGroup { group in
                for region in regions {
                    for role in ["public", "confirm", "worker"] {
                        group.addTask {
                            try await publisher.push(
                                image, repository: "\(stack.name)-\(role)", region: region,
                                registry: "\(session.account).dkr.ecr.\(region).amazonaws.com", tag: tag)
                        }
                    }
                }
                for try await report in group {
                    Terminal.standardError(
                        "\(report.endpoint)/\(report.repository):\(report.tag)  \(report.uploadedBlobs.count) blobs uploaded, "
                            + "\(report.mountedBlobs.count) taken over, \(report.skippedBlobs.count) there already\n")
                }
            }
            Terminal.standardOutput("\(image.digest)\n")
        }
    }

    struct Inspect: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "inspect",
            abstract: "What an image holds: platforms, layers, configuration, and what is attached to it.",
            discussion: """
                Of a layout folder, or of HOST/REPOSITORY[:TAG|@DIGEST]. ECR is asked with this account's credentials, any \
                other registry with TICKCTL_REGISTRY_USER and TICKCTL_REGISTRY_PASSWORD where it asks for them. No layer is \
                fetched.
                """)

        @OptionGroup var stackOptions: StackOptions
        @Argument(help: "A layout folder, or an image in a registry.")
        var image = StackImage.layout.path
        @Flag(help: "One JSON document.")
        var json = false

        func run() async throws {
            let inspection = try await inspect()
            if json {
                let encoder = JSONEncoder()
                encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
                Terminal.standardOutput(String(decoding: try encoder.encode(inspection), as: UTF8.self) + "\n")
            } else {
                Terminal.standardOutput(inspection.text)
            }
        }

        private func inspect() async throws -> ImageInspection {
            let layout = OCILayout(path: image)
            if FileManager.default.fileExists(atPath: "\(image)/oci-layout") { return try await layout.inspect() }
            let reference = try ImageReference(image)
            let environment = ProcessInfo.processInfo.environment
            // The user and password belong to the endpoint that they were given with, and go to no other.
            let elsewhere = try environment["TICKCTL_REGISTRY_ENDPOINT"].nonEmpty.map { try RegistryEndpoint($0) }
            let isElsewhere = elsewhere?.host == reference.endpoint.host
            guard let region = reference.endpoint.ecrRegion, !isElsewhere else {
                return try await RegistryClient(
                    endpoint: isElsewhere ? elsewhere ?? reference.endpoint : reference.endpoint,
                    transport: CurlTransport(),
                    credentials: isElsewhere || elsewhere == nil ? RegistryPublisher.credentials(environment) : nil
                ).inspect(reference.reference, repository: reference.repository)
            }
            let stack = try stackOptions.load()
            let session = try await Session.open(stack, Console(json: false))
            return try await RegistryPublisher(
                image: StackImage(stack: stack, environment: environment), client: session.client,
                transport: session.transport, environment: environment, callClock: session.callClock
            ).inspect(reference, region: region)
        }
    }
}

private func megabytes(_ bytes: Int) -> String { "\((Double(bytes) / 1e5).rounded() / 10) MB" }

extension ImageInspection {
    /// For people: a line a fact.
    fileprivate var text: String {
        var lines = ["\(digest)  \(mediaType)  \(megabytes(compressedSize)) compressed"]
        for platform in platforms {
            lines.append("\(platform.platform)  \(platform.digest)  \(megabytes(platform.compressedSize)) compressed")
            lines.append("  user        \(platform.user ?? "")")
            lines.append("  entrypoint  \(platform.entrypoint.joined(separator: " "))")
            lines += platform.environment.map { "  env         \($0)" }
            lines += platform.labels.sorted { $0.key < $1.key }.map { "  label       \($0.key)=\($0.value)" }
            lines += platform.layers.map { "  layer       \($0.digest)  \(megabytes($0.size))" }
            lines += platform.attachments.map { "  attached    \($0.digest)  \($0.mediaType)" }
        }
        return lines.joined(separator: "\n") + "\n"
    }
}
