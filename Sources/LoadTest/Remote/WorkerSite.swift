public import AWSCore
internal import Foundation
internal import OpenSSLCrypto

/// The other end of a `RemoteWorker`: carries out the order that it finds, and leaves word of what it measures.
///
/// It ends by itself when its order is done, when the run is stopped, when nobody renews the run's control for
/// `ControlWriter.silence`, and when it has lasted longer than its scenario can.
public struct WorkerSite: Sendable {
    /// How often it looks at the control, and how long it gathers events before it leaves them.
    static let look: Duration = .seconds(1)
    static let gathering: Duration = .seconds(2)
    /// The others may take so long to get ready.
    static let patience: Duration = .seconds(900)
    /// Beyond the scenario's length.
    static let margin: Duration = .seconds(120)
    /// How far ahead a start can be; more is a wrong clock.
    static let mostLead = 300.0

    let index: Int
    let objects: any RunObjects
    let time: TimeSource
    /// Where its history is kept until it is put.
    let scratch: String
    let make: @Sendable (WorkerOrder) throws -> any LoadWorker

    /// - Parameter scratch: a folder that can be written to.
    public init(
        index: Int, objects: any RunObjects, scratch: String, time: TimeSource = .system,
        make: @escaping @Sendable (WorkerOrder) throws -> any LoadWorker
    ) {
        self.index = index
        self.objects = objects
        self.scratch = scratch
        self.time = time
        self.make = make
    }

    /// Returns when the order is done or the run was stopped.
    /// - Throws: `LoadTestError` for every other end.
    public func serve() async throws {
        let nonce = Data(secureRandomBytes(count: 16).map { String($0, radix: 16) }.joined(separator: "-").utf8)
        let isFirst = try await objects.putNew(nonce, at: RunObjectName.claim(index))
        guard isFirst, try await objects.get(RunObjectName.claim(index)) == nonce else {
            throw LoadTestError(
                .worker, "another task carries out the order of worker \(index + 1)", next: "nothing is to be done")
        }
        guard let data = try await objects.get(RunObjectName.order(index)) else {
            throw LoadTestError(
                .worker, "there is no order for worker \(index + 1)", next: "`tickctl load run --region` writes it")
        }
        let report = WorkerReport(index: index, objects: objects, time: time, historyPath: "\(scratch)/history.tsv")
        var worker: (any LoadWorker)?
        do {
            let order = try JSONDecoder().decode(WorkerOrder.self, from: data).recording(to: report.historyPath)
            let made = try make(order)
            worker = made
            let events = try await made.prepare()
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await report.take(events) }
                group.addTask { try await obey(order.scenario, made) }
                // What is first: the report is complete, or something is wrong.
                try await group.next()
                group.cancelAll()
                try await group.waitForAll()
            }
        } catch {
            await worker?.kill()
            let failure = LoadTestError(worker: "worker \(index + 1)", error)
            try? await report.take(.failed(failure))
            throw failure
        }
    }

    /// Passes on what the control says; returns by an error only, or when cancelled.
    private func obey(_ scenario: Scenario, _ worker: any LoadWorker) async throws {
        let drain = Duration.seconds(scenario.drainSeconds) + Self.margin
        var (beat, heard) = (-1, time.uptime())
        var ends = heard + Self.patience
        var hasBegun = false
        var lack: LoadTestError?
        var isStopping = false
        while !Task.isCancelled {
            // What cannot be read is as good as not renewed.
            let data = try? await objects.get(RunObjectName.control)
            let control = data.flatMap { try? JSONDecoder().decode(RunControl.self, from: $0) }
            if let control, control.beat != beat { (beat, heard) = (control.beat, time.uptime()) }
            if let start = control?.start, !hasBegun {
                let lead = Double(start) / 1e6 - time.date().timeIntervalSince1970
                guard control?.shouldStop == true || (0...Self.mostLead).contains(lead) else { throw wrongClock(lead) }
                hasBegun = true
                await worker.start(atEpochMicroseconds: start)
                ends = time.uptime() + .seconds(max(0, lead) + scenario.seconds) + drain
            }
            if !isStopping, time.uptime() - heard >= ControlWriter.silence {
                lack = LoadTestError(
                    .worker, "the coordinator has said nothing for \(ControlWriter.silence)",
                    next: "see what became of `tickctl load run`")
            }
            if !isStopping, lack != nil || control?.shouldStop == true {
                guard hasBegun else { throw lack ?? Self.notBegun }
                isStopping = true
                await worker.stop()
                ends = min(ends, time.uptime() + drain)
            }
            guard time.uptime() < ends else {
                throw lack
                    ?? LoadTestError(
                        .worker, "worker \(index + 1) has lasted longer than its scenario can",
                        next: "see its messages above")
            }
            try? await time.sleep(Self.look)
        }
        if let lack { throw lack }
    }

    private static let notBegun = LoadTestError(.worker, "the run was stopped before it began", next: "run it again")

    private func wrongClock(_ lead: Double) -> LoadTestError {
        let whole = Int(max(-1e9, min(1e9, lead)))
        return LoadTestError(
            .worker, "the run is to begin \(whole) s from now by this machine's clock, which is not within 0 to 300",
            next: "set the clock of the machine that runs `tickctl load run`")
    }
}

/// Leaves a worker's events and its history as objects.
private actor WorkerReport {
    nonisolated let historyPath: String
    private let index: Int
    private let objects: any RunObjects
    private let time: TimeSource
    private var lines = Data()
    private var number = 0
    private var left: Duration
    private var history: HistoryUpload

    init(index: Int, objects: any RunObjects, time: TimeSource, historyPath: String) {
        self.index = index
        self.objects = objects
        self.time = time
        self.historyPath = historyPath
        left = time.uptime()
        history = HistoryUpload(path: historyPath, worker: index)
    }

    /// All of a worker's; what it says last is put after everything else.
    func take(_ events: AsyncStream<WorkerEvent>) async throws {
        for await event in events { try await take(event) }
        if !lines.isEmpty { try await leave() }
    }

    func take(_ event: WorkerEvent) async throws {
        lines += try JSONEncoder().encode(event) + Data([10])
        switch event {
        case .ready: try await leave()
        case .window:
            guard time.uptime() - left >= WorkerSite.gathering else { return }
            try await leave()
            while let (name, part) = try history.next(isComplete: false) { try await put(part, at: name) }
        case .finished:
            while let (name, part) = try history.next(isComplete: true) { try await put(part, at: name) }
            try await leave()
        case .failed(let error):
            try await leave()
            throw error
        }
    }

    private func leave() async throws {
        try await put(lines, at: RunObjectName.events(index, number))
        lines = Data()
        number += 1
        left = time.uptime()
    }

    /// Tries on through an outage: nothing that was measured may be missing in between.
    private func put(_ bytes: Data, at name: String) async throws {
        let begin = time.uptime()
        while true {
            do {
                return try await objects.put(bytes, at: name)
            } catch {
                guard time.uptime() - begin < RemoteRun.outage else { throw error }
                try await time.sleep(WorkerSite.look)
            }
        }
    }
}
