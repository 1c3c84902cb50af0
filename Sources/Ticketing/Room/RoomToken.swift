/// A buyer's place in a waiting room, as the buyer carries it.
public struct RoomToken: Sendable, Equatable {
    public var eventID: String
    public var userID: String
    public var place: RoomPlace
    public var issuedAt: Timestamp
    public var expiresAt: Timestamp
}

/// Why a room token is refused.
public enum RoomTokenError: Error, Sendable, Equatable {
    /// Not made under this key, changed, or for another event.
    case invalid
    case expired
}

/// Makes and verifies room tokens: a poll needs no look-up.
///
/// The text is "r1." and URL-safe base 64 of: epoch, number, issuedAt and expiresAt (64 bits each), the event's length
/// (16 bits), event and user in UTF-8, and HMAC-SHA-256 of all of these; numbers are big-endian.
public struct RoomTokenSigner: Sendable {
    private static let version = "r1."
    private static let fixedBytes = 34
    private static let codeBytes = 32
    /// Two ids of 128 characters of up to 4 bytes.
    private static let mostIDBytes = 512
    private static var mostCharacters: Int {
        version.utf8.count + (fixedBytes + 2 * mostIDBytes + codeBytes) * 4 / 3 + 1
    }

    private let key: AuthenticationKey
    private let lifetime: Duration

    /// - Parameters:
    ///   - key: at least `leastSecretBytes`.
    ///   - lifetime: of a token; it must outlast the wait and the admission.
    public init(key: [UInt8], lifetime: Duration = .seconds(86_400)) {
        self.key = AuthenticationKey(secret: key, purpose: "room token 1")
        self.lifetime = lifetime
    }

    /// `eventID`, `userID`: 1 to 128 characters each.
    public func issue(eventID: String, userID: String, place: RoomPlace, at now: Timestamp) -> String {
        let (event, user) = (Array(eventID.utf8), Array(userID.utf8))
        precondition(event.count <= Self.mostIDBytes && user.count <= Self.mostIDBytes, "an id is too long")
        var bytes: [UInt8] = []
        bytes.reserveCapacity(Self.fixedBytes + event.count + user.count + Self.codeBytes)
        for number in [place.epoch, place.number, now.milliseconds, (now + lifetime).milliseconds] {
            append(UInt64(bitPattern: number), width: 8, to: &bytes)
        }
        append(UInt64(event.count), width: 2, to: &bytes)
        bytes += event
        bytes += user
        bytes += key.code(bytes)
        return Base64URL.text(bytes, after: Self.version)
    }

    /// The token behind `text`, whatever its event: the caller compares `eventID` where a request names one.
    public func verify(_ text: String, at now: Timestamp) throws(RoomTokenError) -> RoomToken {
        guard let bytes = Self.bytes(of: text), bytes.count > Self.fixedBytes + Self.codeBytes else { throw .invalid }
        let signed = bytes.dropLast(Self.codeBytes)
        guard isEqualInConstantTime(bytes.suffix(Self.codeBytes), key.code(signed)) else { throw .invalid }

        let numbers = (0..<4).map { Int64(bitPattern: number(in: signed, at: $0 * 8, width: 8)) }
        let eventEnd = Self.fixedBytes + Int(number(in: signed, at: 32, width: 2))
        guard eventEnd < signed.count else { throw .invalid }
        let token = RoomToken(
            eventID: String(decoding: signed[Self.fixedBytes..<eventEnd], as: UTF8.self),
            userID: String(decoding: signed[eventEnd...], as: UTF8.self),
            place: RoomPlace(epoch: numbers[0], number: numbers[1]),
            issuedAt: Timestamp(milliseconds: numbers[2]), expiresAt: Timestamp(milliseconds: numbers[3]))
        guard now < token.expiresAt else { throw .expired }
        return token
    }

    /// As `verify(_:at:)`; a token of another event is invalid.
    public func verify(
        _ text: String, eventID: String, at now: Timestamp
    ) throws(RoomTokenError) -> RoomToken {
        let token = try verify(text, at: now)
        guard token.eventID.isSameText(as: eventID) else { throw .invalid }
        return token
    }

    private static func bytes(of text: String) -> [UInt8]? {
        var text = text
        return text.withUTF8 { characters in
            guard characters.count <= mostCharacters, characters.starts(with: version.utf8) else { return nil }
            return Base64URL.bytes(UnsafeBufferPointer(rebasing: characters[version.utf8.count...]))
        }
    }

    private func append(_ value: UInt64, width: Int, to bytes: inout [UInt8]) {
        for shift in stride(from: (width - 1) * 8, through: 0, by: -8) {
            bytes.append(UInt8(truncatingIfNeeded: value >> UInt64(shift)))
        }
    }

    private func number(in bytes: ArraySlice<UInt8>, at start: Int, width: Int) -> UInt64 {
        bytes[start..<start + width].reduce(0) { $0 << 8 | UInt64($1) }
    }
}
