public import Ticketing

/// What an operator sets of the roles.
public struct RoleSettings: Sendable {
    /// How long a hold lasts.
    public var holdDuration: Duration = .seconds(120)
    /// Of a waiting room that nobody has set otherwise.
    public var room = RoomSettings(ratePerSecond: 1_000, burst: 2_000, admissionSeconds: 600)
    /// Requests a second of one user that are served; 0: no bound.
    public var userRequestsPerSecond = 100
    /// A payment intent needs a valid `x-room-token`.
    public var requiresRoomToken = false
    /// A commit needs an approved payment.
    public var requiresPayment = false
    /// Hides a message from other workers; a heartbeat prolongs it.
    public var visibility: Duration = .seconds(60)
    /// Loops of one worker process, each with its own receive of up to 10 messages.
    public var workerLoops = 8

    public init() {}
}

/// The keys of the signatures. Printing it shows none.
public struct RoleKeys: Sendable, CustomStringConvertible, CustomReflectable {
    /// HMAC key of room tokens and, derived from it, of ticket codes; at least 32 bytes.
    public var room: [UInt8]
    /// HMAC key of the payment provider's reports.
    public var webhook: [UInt8]

    public init(room: [UInt8], webhook: [UInt8]) {
        self.room = room
        self.webhook = webhook
    }

    public var description: String { "RoleKeys" }
    public var customMirror: Mirror { Mirror(self, children: [:]) }
}
