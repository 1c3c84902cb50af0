internal import Foundation

/// What the buyers' own history says of the promises made to them; with the stores' sales, whether these agree.
public struct PurchaseCheck: Sendable, Codable, Equatable {
    /// Commits that were answered 202.
    public var accepted = 0
    public var confirmed = 0
    public var rejected = 0
    /// Accepted, and never decided.
    public var lost = 0
    /// Seats for which two buyers have a confirmed order, or which have two live tickets in the stores.
    public var doubleSold = 0
    /// Answers under one key that differ.
    public var replaysThatDiffer = 0
    /// Decided orders that changed.
    public var statusesThatWentBack = 0
    /// Orders whose status or tickets in the stores are not what their buyer was told; nil: the stores were not asked.
    public var storesThatDisagree: Int?
    /// Lines that were not kept because a history file was full.
    public var notKept = 0
    public var examples: [String] = []

    private static let mostExamples = 20

    public init() {}

    /// Reads history files line by line; memory grows with the seats that were sold, not with the length of the run.
    ///
    /// - Parameter stores: nil: not asked.
    /// - Throws: `LoadTestError` `file`.
    public init(paths: [String], stores: StoredSales?) throws {
        if stores != nil { storesThatDisagree = 0 }
        var owners: [StoredSales.Seat: String] = [:]
        for path in paths {
            try Self.lines(of: path) { line in take(line, &owners, stores) }
        }
        for (seat, tickets) in stores?.tickets ?? [:] where tickets.count > 1 {
            doubleSold += 1
            note("\(seat.eventID) \(seat.seatID) has the live tickets \(tickets.sorted().joined(separator: ", "))")
        }
    }

    public var isKept: Bool {
        lost == 0 && doubleSold == 0 && replaysThatDiffer == 0 && statusesThatWentBack == 0
            && (storesThatDisagree ?? 0) == 0
    }

    private mutating func take(
        _ line: Substring, _ owners: inout [StoredSales.Seat: String], _ stores: StoredSales?
    ) {
        if line.hasPrefix("dropped\t") { notKept += Int(line.dropFirst(8)) ?? 0 }
        switch HistoryLine(line) {
        case .purchase(let key, let eventID, let seatID, let outcome, let ticketIDs):
            accepted += 1
            let seat = StoredSales.Seat(eventID: eventID, seatID: seatID)
            switch outcome {
            case .confirmed:
                confirmed += 1
                if let other = owners[seat] {
                    doubleSold += 1
                    note("\(eventID) \(seatID) is sold to \(other) and to \(key)")
                }
                owners[seat] = key
            case .rejected: rejected += 1
            case .lost:
                lost += 1
                note("\(key) was accepted for \(eventID) \(seatID), and not decided when the run ended")
            }
            guard let stores else { break }
            if stores.statuses[key] != outcome.storedStatus {
                disagree(
                    "\(key) is \(outcome.rawValue) for its buyer, \(stores.statuses[key] ?? "unknown") in the stores")
            } else if !Set(ticketIDs).isSubset(of: stores.tickets[seat] ?? []) {
                disagree("\(key) has the tickets \(ticketIDs.joined(separator: ", ")), which the stores do not have")
            }
        case .violation(let kind, let key, let detail):
            switch kind {
            case .replay: replaysThatDiffer += 1
            case .status: statusesThatWentBack += 1
            }
            note("\(key): \(detail)")
        case nil: break
        }
    }

    private mutating func disagree(_ example: String) {
        storesThatDisagree = (storesThatDisagree ?? 0) + 1
        note(example)
    }

    private mutating func note(_ example: String) {
        if examples.count < Self.mostExamples { examples.append(example) }
    }

    private static func lines(of path: String, _ body: (Substring) -> Void) throws(LoadTestError) {
        do {
            guard let file = FileHandle(forReadingAtPath: path) else { throw CocoaError(.fileNoSuchFile) }
            defer { try? file.close() }
            var rest: [UInt8] = []
            while let data = try file.read(upToCount: 1 << 20), !data.isEmpty {
                rest += data
                guard let end = rest.lastIndex(of: 10) else { continue }
                for line in String(decoding: rest[...end], as: UTF8.self).split(separator: "\n") { body(line) }
                rest.removeFirst(end + 1)
            }
        } catch {
            throw LoadTestError(
                .file, "the history \(path) cannot be read: \(error.localizedDescription)", next: "run the test again")
        }
    }
}

extension HistoryLine.Outcome {
    /// As orders are stored; a lost one is in no store.
    fileprivate var storedStatus: String? {
        switch self {
        case .confirmed: "CONFIRMED"
        case .rejected: "REJECTED"
        case .lost: nil
        }
    }
}
