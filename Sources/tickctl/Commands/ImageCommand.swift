import ArgumentParser
import CurlTransport
import Delivery
import Foundation
import TicketSteps

struct ImageCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "image", abstract: "The container image of this very program, without a Docker daemon.",
        subcommands: [Build.self, Push.self])

    struct Build: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Writes the image as an OCI layout. The same input makes the same digest.",
            discussion: "The digest goes to stdout. SOURCE_DATE_EPOCH sets the image's time.")

        @Option(help: "The program to put in; default: this one.")
        var binary = "/proc/self/exe"
        @Option(help: "The folder of the layout.")
        var out = StackImage.layout.path

        func run() async throws {
            var recipe = StackImage.recipe(ProcessInfo.processInfo.environment)
            recipe.executable = binary
            let image = try await OCIImage.build(recipe, into: OCILayout(path: out))
            let megabytes = Double(image.compressedSize) / 1e6
            Terminal.standardError(
                "\(out): \(image.platform?.architecture ?? "") image, \((megabytes * 10).rounded() / 10) MB compressed, "
                    + "\(image.layers.count) layers (\(image.reusedLayerCount) as before)\n")
            Terminal.standardOutput("\(image.digest)\n")
        }
    }

    struct Push: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Builds the image and uploads what the repositories lack.",
            discussion: """
                To ECR in every region of the stack, or to TICKCTL_REGISTRY_ENDPOINT (with TICKCTL_REGISTRY_USER and \
                TICKCTL_REGISTRY_PASSWORD where it asks for them). `tickctl up --step 01-ecr` does the same and makes the \
                repositories first.
                """)

        @OptionGroup var stackOptions: StackOptions
        @Option(help: "The tag; default: IMAGE_TAG, image.tag, or one derived from the digest.")
        var tag: String?

        func run() async throws {
            let stack = try stackOptions.load()
            let session = try await Session.open(stack, Console(json: false))
            let source = StackImage(stack: stack, environment: session.environment)
            let image = try await source.build()
            let publisher = RegistryPublisher(
                image: source, client: session.client, transport: session.transport, environment: session.environment,
                callClock: session.callClock)
            let isElsewhere = session.environment["TICKCTL_REGISTRY_ENDPOINT"].nonEmpty != nil
            for region in isElsewhere ? [stack.regions[0]] : stack.regions {
                for role in ["public", "confirm", "worker"] {
                    let report = try await publisher.push(
                        image, repository: "\(stack.name)-\(role)", region: region.name,
                        registry: "\(session.account).dkr.ecr.\(region.name).amazonaws.com",
                        tag: tag ?? source.tag(of: image))
                    Terminal.standardError(
                        "\(report.endpoint)/\(report.repository):\(report.tag)  \(report.uploadedBlobs.count) blobs uploaded, "
                            + "\(report.skippedBlobs.count) there already\n")
                }
            }
            Terminal.standardOutput("\(image.digest)\n")
        }
    }
}
