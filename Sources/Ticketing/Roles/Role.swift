/// A part of the data half that runs by itself: `tickctl serve --role <rawValue>`.
public enum Role: String, Sendable, Codable, CaseIterable {
    /// Waiting room, summaries, seat maps, holds.
    case `public`
    /// Intents, payments, commits, order status.
    case confirm
    /// Turns committed holds into orders and tickets.
    case worker
}
