import ArgumentParser
import Foundation
import NIOPosix
import RedisClient
import ServiceRoles
import TicketStores
import Ticketing

struct RoomCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "room",
        abstract: "The waiting rooms in the Redis of REDIS_URL.",
        discussion: """
            A change holds for every process within a second, and for as long as the room stands. Without REDIS_URL a \
            room lives and ends in the process that serves it: ROOM_RATE, ROOM_BURST and ROOM_ADMISSION_SECONDS set it \
            at its start.
            """,
        subcommands: [Show.self, Set.self, Open.self, Close.self, Verify.self])

    struct Show: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "show",
            abstract: "Prints phase, rate, who is in and who waits; the lottery's seed only after the draw.")
        @Argument(help: "The event.") var event: String
        @Flag(help: "Print as JSON.")
        var json = false

        func run() async throws {
            let room = try await OperatorRooms.with { try await $0.room(event) }
            try RoomCommand.show(room, event, json: json)
        }
    }

    struct Set: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "set",
            abstract: "Changes how fast buyers are let in, and how many.",
            discussion: "What is not given stays as it is. The burst is at least half of the rate.")
        @Argument(help: "The event.") var event: String
        @Option(help: "Admissions a second.") var rate: Double?
        @Option(help: "Admissions that may come at once after a quiet time.") var burst: Int64?
        @Option(help: "The most buyers inside at once; 0: no bound.") var capacity: Int64?
        @Option(help: "Seconds that an admission lasts.") var admission: Int64?
        @Option(help: "Seconds after which who never came loses the place, in a room with a capacity.")
        var noShow: Int64?
        @Flag(help: "Print the room as JSON.")
        var json = false

        func validate() throws {
            if rate == nil && burst == nil && capacity == nil && admission == nil && noShow == nil {
                throw ValidationError("give at least one of --rate, --burst, --capacity, --admission, --no-show")
            }
        }

        func run() async throws {
            let room = try await OperatorRooms.with { rooms in
                try await rooms.change(event) { room in
                    room.settings.ratePerSecond = rate ?? room.settings.ratePerSecond
                    room.settings.burst = burst ?? room.settings.burst
                    room.settings.admissionSeconds = admission ?? room.settings.admissionSeconds
                    room.settings.noShowSeconds = noShow ?? room.settings.noShowSeconds
                    if let capacity { room.settings.capacity = capacity == 0 ? nil : capacity }
                    do throws(RoomSettingsError) {
                        try room.settings.validate()
                    } catch {
                        throw ValidationError("\(error); nothing was changed, give --\(error.setting) another value")
                    }
                }
            }
            try RoomCommand.show(room, event, json: json)
        }
    }

    struct Open: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "open",
            abstract: "Lets admissions go on; before the room's opening time, they begin then.",
            discussion: "The first opening draws the lottery of those who came before.")
        @Argument(help: "The event.") var event: String
        @Flag(help: "At once, whatever the opening time is.")
        var now = false

        func run() async throws {
            let room = try await OperatorRooms.with { rooms in
                try await rooms.change(event) { room in
                    if now { room.settings.opensAt = nil }
                    room.open(at: .now())
                }
            }
            try RoomCommand.show(room, event, json: false)
        }
    }

    struct Close: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "close",
            abstract: "Stops admissions. Who is inside stays, places go on being given.")
        @Argument(help: "The event.") var event: String

        func run() async throws {
            let room = try await OperatorRooms.with { rooms in try await rooms.change(event) { $0.close() } }
            try RoomCommand.show(room, event, json: false)
        }
    }

    struct Verify: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "verify",
            abstract: "Proves that the lottery's order is the one that was committed to.",
            discussion: """
                From what was published (--commitment before the draw, --seed and --entrants after it), without any \
                store; or of a room, by its event. --number says when a place's turn was.
                """)
        @Argument(help: "The event; or give --commitment, --seed and --entrants.") var event: String?
        @Option(help: "SHA-256 of the seed, 64 hex digits.") var commitment: String?
        @Option(help: "64 hex digits.") var seed: String?
        @Option(help: "How many took part.") var entrants: Int64?
        @Option(help: "A place's number, from 0 in the order of entering.") var number: Int64?

        func validate() throws {
            let given = [commitment != nil, seed != nil, entrants != nil]
            if event == nil ? given.contains(false) : given.contains(true) {
                throw ValidationError("give an event, or --commitment, --seed and --entrants")
            }
        }

        func run() async throws {
            let (commitment, seed, entrants) = try await published()
            let draw: LotteryDraw
            do {
                draw = try LotteryDraw.verify(commitment: commitment, seed: seed, entrants: entrants)
            } catch {
                throw Unproven(description: "\(error)")
            }
            Terminal.standardOutput("proven: the order of \(entrants) entrants is the one that was committed to\n")
            if let number {
                guard (0..<entrants).contains(number) else {
                    throw ValidationError("--number \(number): the numbers are 0 to \(entrants - 1)")
                }
                let position = draw.position(of: number)
                Terminal.standardOutput("number \(number): \(position) were admitted before\n")
            } else if entrants > 0 {
                let first = (0..<min(10, entrants)).map { String(draw.entrant(at: $0)) }.joined(separator: ", ")
                Terminal.standardOutput("the first of them: \(first)\n")
            }
        }

        private func published() async throws -> (String, String, Int64) {
            if let commitment, let seed, let entrants { return (commitment, seed, entrants) }
            let event = event ?? ""
            let room = try await OperatorRooms.with { try await $0.room(event) }
            guard let lottery = room.lottery else {
                throw Refusal(description: "the room of \(event) had no lottery: the sale was open when it was made")
            }
            guard let entrants = lottery.entrants else {
                throw Refusal(
                    description: "the draw of \(event) is not made yet; the commitment is \(lottery.commitment)")
            }
            return (lottery.commitment, lottery.seed, entrants)
        }

        private struct Unproven: Error, CustomStringConvertible {
            var description: String
        }
    }

    fileprivate static func show(_ room: RoomState, _ event: String, json: Bool) throws {
        let report = RoomReport(room, eventID: event, at: .now())
        Terminal.standardOutput((json ? try PrettyJSON.text(report) : report.lines.joined(separator: "\n")) + "\n")
    }
}
