import AWSCore
import AWSResources
import AWSServices
import CurlTransport
import Foundation
import Provisioning
import TicketSteps

/// One command's connection to an account: client, image, graph and everything a provisioner needs.
final class Session: Sendable {
    let stack: Stack
    let account: String
    let stamps: StampStore
    let stop: StopSignal
    let client: AWSClient
    let transport: CurlTransport
    let environment: [String: String]
    private let console: Console
    let journal: Journal
    let callClock: CallClock
    /// True when the account was taken from a stamp or the values and STS was not asked yet.
    private let isAccountUnproven: Bool

    private init(
        stack: Stack, account: String, isAccountUnproven: Bool, stamps: StampStore, stop: StopSignal, client: AWSClient,
        transport: CurlTransport, environment: [String: String], console: Console, journal: Journal,
        callClock: CallClock
    ) {
        self.stack = stack
        self.account = account
        self.isAccountUnproven = isAccountUnproven
        self.stamps = stamps
        self.stop = stop
        self.client = client
        self.transport = transport
        self.environment = environment
        self.console = console
        self.journal = journal
        self.callClock = callClock
    }

    /// Opens a session. Calls STS only when neither the values nor a stamp name the account.
    /// - Throws: `AWSError`, `CredentialError`, `WrongAccount`.
    static func open(
        _ stack: Stack, _ console: Console, environment: [String: String] = ProcessInfo.processInfo.environment
    ) async throws -> Session {
        let stamps = StampStore(root: ".stamps", stack: stack.name)
        let stop = StopSignal()
        let journal = Journal(path: stamps.journalPath)
        let callClock = CallClock()
        let configuration = try SharedConfiguration(environment: environment)
        var options = CurlTransport.Options()
        options.caBundlePath = configuration.caBundlePath
        let transport = CurlTransport(options: options)
        var settings = AWSClient.Configuration(
            credentials: CredentialChain(configuration: configuration, transport: transport),
            endpoints: EndpointResolver(configuration),
            retry: RetryPolicy(maximumAttempts: configuration.maximumAttempts))
        settings.onWrite = { record, phase in
            do {
                switch phase {
                case .before:
                    // Whatever stopped the run, a full disk included, the lock is let go.
                    if stop.isStopped && Journal.node == nil { return }
                    try stop.check()
                    try await journal.begin(
                        record.callID.uuidString, call: "\(record.service):\(record.action)", region: record.region)
                case .after:
                    try await journal.end(record.callID.uuidString, error: record.errorCode)
                }
            } catch let error as ProvisioningError where error.code == .storage {
                // A disk that is full for one line is full for the next.
                stop.stop(error)
                throw error
            }
        }
        settings.time.sleep = { duration in
            if stop.isStopped && Journal.node == nil { return try await Task.sleep(for: duration) }
            try await stop.sleep(for: duration, clock: ContinuousClock())
        }
        settings.onCall = { record in
            callClock.record(record.duration ?? .zero, isWrite: record.effect == .write)
        }
        let client = AWSClient(transport: transport, configuration: settings)
        let known = stack.account ?? stamps.all().first?.account
        let account = try await Self.known(known, client, stack)
        return Session(
            stack: stack, account: account, isAccountUnproven: known != nil, stamps: stamps, stop: stop, client: client,
            transport: transport, environment: environment, console: console, journal: journal, callClock: callClock)
    }

    private static func known(_ account: String?, _ client: AWSClient, _ stack: Stack) async throws -> String {
        if let account { return account }
        return try await Self.account(client, stack)
    }

    private static func account(_ client: AWSClient, _ stack: Stack) async throws -> String {
        try await client.send(STS.GetCallerIdentity(), region: stack.regions[0].name).account
    }

    /// The stack's graph in this account.
    func graph() async throws -> StackGraph { try StackGraph(stack, try await context()) }

    func context() async throws -> StackContext {
        StackContext(
            account: account, partition: partition,
            image: try await StackImage(stack: stack, environment: environment).identity(),
            migrationsChecksum: Database.checksum, hasDatabaseURL: environment["DATABASE_URL"].nonEmpty != nil)
    }

    /// - Parameter freeze: of a command that changes things; nil: it only reads.
    func provisioner(_ freeze: FreezeOptions? = nil) async throws -> Provisioner<AWSCloud> {
        try provisioner(await graph().graph, freeze)
    }

    /// What `down` runs: the graph with nothing wanted, the selection, and what stays because it holds data.
    struct Removal: Sendable {
        var provisioner: Provisioner<AWSCloud>
        var selection: Selection
        var kept: Set<NodeID>
    }

    /// - Throws: `Refusal` when steps outside the selection still stand on it.
    func remover(_ selection: Selection, destroyData: Bool, _ freeze: FreezeOptions) async throws -> Removal {
        let stack = try await graph()
        let selected = stack.graph.nodes.filter { selection.contains($0.slice) }
        let kept = destroyData ? [] : stack.data
        let going = Set(selected.map(\.id)).subtracting(kept)
        let users = stack.graph.nodes.filter { node in
            !selection.contains(node.slice) && node.dependencies.contains(where: going.contains)
                && stamps.read(node.slice) != nil
        }
        if !users.isEmpty {
            let steps = Set(users.map(\.step)).sorted().map { "--step \($0)" }.joined(separator: " ")
            throw Refusal(
                description:
                    "\(Set(users.map(\.slice)).sorted().map(\.description).joined(separator: ", ")) stand on what "
                    + "would go; nothing was called; take them down too: add \(steps)")
        }
        return Removal(
            provisioner: try provisioner(stack.graph.absent(keeping: kept), freeze), selection: selection,
            kept: kept.intersection(selected.map(\.id)))
    }

    private func provisioner(
        _ graph: Graph<AWSCloud>, _ freeze: FreezeOptions?
    ) throws -> Provisioner<AWSCloud> {
        let region = stack.regions[0].name
        let owner = LockOwner.current(environment)
        let images = StackImage(stack: stack, environment: environment)
        let cloud = AWSCloud(
            client: client, account: account, partition: partition,
            images: RegistryPublisher(
                image: images, client: client, transport: transport, environment: environment, callClock: callClock),
            database: try environment["DATABASE_URL"].nonEmpty.map { try Database(url: $0) })
        return Provisioner(
            graph: graph, cloud: cloud, errors: AWSErrors(), account: account, toolVersion: Tickctl.version,
            stamps: stamps, journal: journal,
            lock: RunLock(store: DynamoDBLock(client: client, region: region), stack: stack.name, owner: owner),
            reporter: console.reporter, stop: stop, callClock: callClock,
            beforeFirstCall: { [self] in
                try await proveAccount()
                if let freeze { try await requireThawed(breaking: freeze.breakFreeze) }
            })
    }

    func say(_ text: String) { console.say(text) }

    /// Before anything else is called: are these credentials of the account that the values or stamps name, and will
    /// they last?
    func proveAccount() async throws {
        if isAccountUnproven {
            let found = try await Self.account(client, stack)
            guard found == account else { throw WrongAccount(found: found, wanted: account) }
        }
        if let expiration = try await client.credentials()?.expiration {
            let minutes = Int(expiration.timeIntervalSinceNow / 60)
            if minutes < 60 {
                console.say(
                    "note: these credentials expire in \(minutes) minutes and a first `up` may take an hour; if they cannot "
                        + "renew themselves, the run stops and goes on when started again")
            }
        }
    }

    /// By the region's name (https://docs.aws.amazon.com/general/latest/gr/rande.html).
    var partition: String {
        let region = stack.regions[0].name
        return region.hasPrefix("cn-") ? "aws-cn" : region.hasPrefix("us-gov-") ? "aws-us-gov" : "aws"
    }
}

extension LockOwner {
    /// This process, under the name of the person or job that started it.
    static func current(_ environment: [String: String]) -> LockOwner {
        current(
            user: environment["GITHUB_ACTOR"].nonEmpty ?? environment["USER"].nonEmpty ?? NSUserName(),
            host: ProcessInfo.processInfo.hostName)
    }

    /// "user@host"
    var name: String { "\(user)@\(host)" }
}

extension Optional<String> {
    /// The text, unless there is none or it is empty: an empty variable counts as absent.
    var nonEmpty: String? { flatMap { $0.isEmpty ? nil : $0 } }
}
