internal import NIOCore

/// One buyer of a run: what it has, and where it stands. `LoadLoop` moves it along.
final class Buyer {
    enum Step {
        /// Exits: waiting, gone.
        case entering
        /// For its turn. Exits: holding, gone.
        case waiting
        /// Exits: quoting, gone.
        case holding
        /// Exits: quotedAgain, paying, committing, releasing, gone.
        case quoting
        /// The intent was sent again. Exits: paying, committing, releasing, gone.
        case quotedAgain
        /// Exits: committing, gone.
        case paying
        /// Exits: committedAgain, following, gone.
        case committing
        /// The commit was sent again. Exits: following, gone.
        case committedAgain
        /// The order, until it is decided. Exits: lookingBack, gone.
        case following
        /// A decided order once more: it must stay. Exit: gone.
        case lookingBack
        /// Exit: gone.
        case releasing
        case gone
    }

    let arrival: Int
    let isPurchase: Bool
    let isReplaying: Bool
    let userID: String
    let eventID: String
    var seatID: String
    var step = Step.entering
    var token = ""
    var intentID = ""
    var amount: Int64 = 0
    var holdTries = 0
    /// Of the current step, after answers of 5xx or 429 or none.
    var repeats = 0
    /// The first answer, to compare with that to the replay.
    var firstAnswer = ByteBuffer()
    var isAccepted = false
    /// The decided status that was seen last.
    var decision = ""
    var ticketIDs: [String] = []
    /// Of waiting, or of following.
    var patienceEndsAt = NIODeadline.distantFuture

    init(
        arrival: Int, isPurchase: Bool, isReplaying: Bool, userID: String, eventID: String, seatID: String
    ) {
        self.arrival = arrival
        self.isPurchase = isPurchase
        self.isReplaying = isReplaying
        self.userID = userID
        self.eventID = eventID
        self.seatID = seatID
    }

    var intentKey: String { "\(userID)-i" }
    var commitKey: String { "\(userID)-c" }
}
