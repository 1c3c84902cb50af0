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
        var text = text
        return try text.withUTF8 { result(UnsafeRawBufferPointer($0), now) }.get()
    }

    /// As `verify(_:at:)`, of the text's UTF-8: a poll is verified where it was received.
    public func verify(_ characters: UnsafeRawBufferPointer, at now: Timestamp) throws(RoomTokenError) -> RoomToken {
        try result(characters, now).get()
    }

    private func result(_ characters: UnsafeRawBufferPointer, _ now: Timestamp) -> Result<RoomToken, RoomTokenError> {
        guard characters.count <= Self.mostCharacters, characters.starts(with: Self.version.utf8) else {
            return .failure(.invalid)
        }
        let encoded = UnsafeRawBufferPointer(rebasing: characters[Self.version.utf8.count...])
        return withUnsafeTemporaryAllocation(byteCount: encoded.count, alignment: 1) { bytes in
            guard let count = Base64URL.write(bytesOf: encoded, to: bytes), count > Self.fixedBytes + Self.codeBytes
            else { return .failure(.invalid) }
            let signed = UnsafeRawBufferPointer(rebasing: bytes[..<(count - Self.codeBytes)])
            let code = UnsafeRawBufferPointer(rebasing: bytes[signed.count..<count])
            guard key.isCode(code, of: signed) else { return .failure(.invalid) }
            guard let token = Self.token(signed) else { return .failure(.invalid) }
            return now < token.expiresAt ? .success(token) : .failure(.expired)
        }
    }

    private static func token(_ bytes: UnsafeRawBufferPointer) -> RoomToken? {
        func number(at start: Int) -> Int64 {
            Int64(bigEndian: bytes.loadUnaligned(fromByteOffset: start, as: Int64.self))
        }
        let eventBytes = UInt16(bigEndian: bytes.loadUnaligned(fromByteOffset: 32, as: UInt16.self))
        let eventEnd = fixedBytes + Int(eventBytes)
        guard eventEnd < bytes.count else { return nil }
        return RoomToken(
            eventID: String(decoding: bytes[fixedBytes..<eventEnd], as: UTF8.self),
            userID: String(decoding: bytes[eventEnd...], as: UTF8.self),
            place: RoomPlace(epoch: number(at: 0), number: number(at: 8)),
            issuedAt: Timestamp(milliseconds: number(at: 16)), expiresAt: Timestamp(milliseconds: number(at: 24)))
    }

    /// As `verify(_:at:)`; a token of another event is invalid.
    public func verify(
        _ text: String, eventID: String, at now: Timestamp
    ) throws(RoomTokenError) -> RoomToken {
        let token = try verify(text, at: now)
        guard token.eventID.isSameText(as: eventID) else { throw .invalid }
        return token
    }

    private func append(_ value: UInt64, width: Int, to bytes: inout [UInt8]) {
        for shift in stride(from: (width - 1) * 8, through: 0, by: -8) {
            bytes.append(UInt8(truncatingIfNeeded: value >> UInt64(shift)))
        }
    }
}
