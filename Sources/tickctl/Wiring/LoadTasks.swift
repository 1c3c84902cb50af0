import AWSCore
import AWSResources
import AWSServices
import CurlTransport
import Foundation
import LoadTest
import Provisioning
import TicketSteps
import Ticketing

/// The stack's tasks that generate load, and the bucket through which they are told and tell.
struct LoadTasks {
    let client: AWSClient
    let places: [ECSWorkerTasks.Place]
    let bucket: String
    let account: String
    let stack: Stack

    /// Finds out where they can run; nothing is started.
    /// - Throws: `Refusal` for a region that the stack does not have; `LoadTestError` for what is missing in it.
    init(_ stack: Stack, regions names: [String], _ environment: [String: String]) async throws {
        var options = RegionOptions()
        options.regions = names
        let regions = try options.regions(of: stack)
        let client = try Self.client(environment)
        let primary = stack.regions[0].name
        let account = try await client.send(STS.GetCallerIdentity(), region: primary).account
        if let wanted = stack.account, wanted != account { throw WrongAccount(found: account, wanted: wanted) }
        var places: [ECSWorkerTasks.Place] = []
        for region in regions {
            places.append(
                try await ECSWorkerTasks.Place(
                    client: client, region: region.name, cluster: stack.clusterName, family: stack.loadTaskFamily,
                    service: stack.serviceName(.public)))
        }
        self.client = client
        self.places = places
        self.stack = stack
        self.account = account
        bucket = stack.loadBucketName(account: account)
    }

    /// Not the provisioner's: what a load test writes is nothing to be looked up after a kill.
    static func client(_ environment: [String: String]) throws -> AWSClient {
        let shared = try SharedConfiguration(environment: environment)
        var options = CurlTransport.Options()
        options.caBundlePath = shared.caBundlePath
        options.maximumConnectionsPerHost = 64
        let transport = CurlTransport(options: options)
        var configuration = AWSClient.Configuration(
            credentials: CredentialChain(configuration: shared, transport: transport),
            endpoints: EndpointResolver(shared), retry: RetryPolicy(maximumAttempts: 4, maximumDelay: .seconds(4)))
        configuration.attemptTimeout = .seconds(20)
        return AWSClient(transport: transport, configuration: configuration)
    }

    /// Event loops of a worker: one a vCPU.
    var loops: Int { places.map { Int($0.vcpu) }.min().map { max(1, $0) } ?? 1 }

    func run(_ order: WorkerOrder, workers: Int) -> RemoteRun {
        let location = RunLocation(
            bucket: bucket, runID: order.runID, region: stack.regions[0].name, owner: account)
        let tasks = ECSWorkerTasks(
            client: client, places: places, runID: order.runID,
            tags: [
                IdentityTags.stackKey: stack.name, IdentityTags.idKey: Stack.loadTaskID, "Name": stack.loadTaskFamily,
            ]
        ) { index in
            [
                "load", "worker", "--run", location.url, "--bucket-region", location.region, "--bucket-owner",
                location.owner, "--index", String(index),
            ]
        }
        return RemoteRun(
            order, count: workers, objects: S3RunObjects(client: client, location: location), tasks: tasks)
    }

    /// How many of the workers run in each region.
    func counts(_ workers: Int) -> [String: Int] {
        var counts: [String: Int] = [:]
        for worker in 0..<workers { counts[places[worker % places.count].region, default: 0] += 1 }
        return counts
    }

    /// What is about to be started, in words.
    func summary(_ order: WorkerOrder, workers: Int) -> String {
        let used = (0..<workers).map { places[$0 % places.count] }
        let (vcpu, memory) = (used.reduce(0) { $0 + $1.vcpu }, used.reduce(0) { $0 + $1.memoryGB })
        let prices = CapacityFigures().prices
        let price = vcpu * prices.fargateVCPUHour + memory * prices.fargateGBHour
        let spread = counts(workers).sorted { $0.key < $1.key }.map { "\($0.value) in \($0.key)" }
        return """
            \(workers) tasks of \(places[0].revision) (\(spread.joined(separator: ", "))): \(vcpu.formatted()) vCPU, \
            \(memory.formatted()) GB, about $\(String(format: "%.2f", price)) an hour (the prices of `tickctl load plan`)
            each begins at most \(String(format: "%.1f", order.scenario.highestRate / Double(workers))) requests a second; \
            run \(order.runID) is in s3://\(bucket)/runs/\(order.runID)

            """
    }
}
