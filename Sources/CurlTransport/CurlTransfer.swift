import CCurl
import Foundation

/// One exchange: owns the easy handle and everything it points to. Lives on the loop's thread.
final class CurlTransfer {
    let submission: CurlLoop.Submission
    let easy: UnsafeMutableRawPointer

    private let options: CurlTransport.Options
    private var requestHeaders: UnsafeMutablePointer<curl_slist>?
    private let errorText: UnsafeMutablePointer<CChar>
    private let upload: FileUpload?

    private var response = HTTPResponse(status: 0)
    private var headBytes = 0
    private var isHeadComplete = false
    /// How often libcurl was about to write the request.
    private var writes = 0
    /// Why a callback ended the exchange; libcurl itself only knows that one did.
    private var callbackFailure: String?

    /// - Throws: `TransportError` of kind `unusable`.
    init(_ submission: CurlLoop.Submission, options: CurlTransport.Options) throws {
        let request = submission.request
        if case .file(let path, let offset, let length) = request.body {
            guard let upload = FileUpload(path: path, offset: offset, length: length) else {
                throw request.unusable("cannot read \(path): \(String(cString: strerror(errno)))")
            }
            self.upload = upload
        } else {
            upload = nil
        }
        guard let easy = curl_easy_init() else { throw request.unusable("libcurl has no memory for a request") }
        self.submission = submission
        self.options = options
        self.easy = easy
        errorText = .allocate(capacity: Int(CURL_ERROR_SIZE))
        errorText.initialize(repeating: 0, count: Int(CURL_ERROR_SIZE))
        try configure(request)
    }

    deinit {
        curl_easy_cleanup(easy)
        curl_slist_free_all(requestHeaders)
        errorText.deallocate()
    }

    /// The `Submission.id` of a handle made here.
    static func identifier(of easy: UnsafeMutableRawPointer) -> UInt64? {
        var context: UnsafeMutableRawPointer?
        guard ccurl_get_pointer(easy, CURLINFO_PRIVATE, &context) == CURLE_OK else { return nil }
        return Self.from(context)?.submission.id
    }

    /// What the exchange came to, given libcurl's result.
    func outcome(_ result: CURLcode) -> Result<HTTPResponse, any Error> {
        if result == CURLE_OK, isHeadComplete { return .success(response) }
        let libcurlText = String(cString: errorText)
        // libcurl takes a head that ends with the connection for a whole answer.
        if result == CURLE_OK { callbackFailure = "the connection ended in the answer's head" }
        let kind = callbackFailure == nil ? TransportError.Kind(result, hasStarted: writes > 0) : .interrupted
        return .failure(
            TransportError(
                kind: kind, mayHaveBeenSent: writes > 0, curlCode: Int(result.rawValue),
                message: callbackFailure
                    ?? (libcurlText.isEmpty ? String(cString: curl_easy_strerror(result)) : libcurlText),
                url: submission.request.loggableURL))
    }

    // MARK: Settings

    private func configure(_ request: HTTPRequest) throws {
        func check(_ code: CURLcode) throws {
            guard code == CURLE_OK else { throw request.unusable(String(cString: curl_easy_strerror(code)), code) }
        }
        func set(_ option: CURLoption, _ value: Int) throws { try check(ccurl_set_long(easy, option, value)) }
        func set(_ option: CURLoption, _ value: String) throws { try check(ccurl_set_string(easy, option, value)) }
        func set(_ option: CURLoption, _ value: UnsafeMutableRawPointer) throws {
            try check(ccurl_set_pointer(easy, option, value))
        }
        guard !request.url.utf8.contains(0), request.method.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else {
            throw request.unusable("the URL or the method holds a control character")
        }
        let context = Unmanaged.passUnretained(self).toOpaque()
        try set(CURLOPT_PRIVATE, context)
        try set(CURLOPT_ERRORBUFFER, UnsafeMutableRawPointer(errorText))
        try set(CURLOPT_NOSIGNAL, 1)
        try set(CURLOPT_URL, request.url)
        try set(CURLOPT_PATH_AS_IS, 1)
        try set(CURLOPT_PROTOCOLS_STR, "http,https")
        try set(CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_2TLS)
        try set(CURLOPT_SUPPRESS_CONNECT_HEADERS, 1)
        try set(CURLOPT_CONNECTTIMEOUT_MS, options.connectTimeout.milliseconds)
        try set(CURLOPT_TIMEOUT_MS, (request.timeout ?? options.totalTimeout).milliseconds)
        try set(CURLOPT_LOW_SPEED_LIMIT, 1)
        try set(CURLOPT_LOW_SPEED_TIME, max(1, options.stallTimeout.milliseconds / 1000))
        try set(CURLOPT_MAXAGE_CONN, max(1, options.maximumIdleAge.milliseconds / 1000))
        if let path = options.caBundlePath { try set(CURLOPT_CAINFO, path) }
        if request.bypassesProxy { try set(CURLOPT_PROXY, "") }

        try set(CURLOPT_WRITEDATA, context)
        try check(ccurl_set_data_callback(easy, CURLOPT_WRITEFUNCTION, onBody))
        try set(CURLOPT_HEADERDATA, context)
        try check(ccurl_set_data_callback(easy, CURLOPT_HEADERFUNCTION, onHead))
        try set(CURLOPT_PREREQDATA, context)
        try check(ccurl_set_prereq_callback(easy, onWrite))

        try configureBody(request, context)
        try configureHeaders(request)
    }

    private func configureBody(_ request: HTTPRequest, _ context: UnsafeMutableRawPointer) throws {
        var codes: [CURLcode] = []
        switch request.body {
        case .bytes(let bytes) where bytes.isEmpty && ["GET", "HEAD", "DELETE"].contains(request.method):
            codes.append(ccurl_set_long(easy, request.method == "HEAD" ? CURLOPT_NOBODY : CURLOPT_HTTPGET, 1))
        case .bytes(let bytes):
            codes.append(ccurl_set_offset(easy, CURLOPT_POSTFIELDSIZE_LARGE, curl_off_t(bytes.count)))
            codes.append(ccurl_set_long(easy, CURLOPT_POST, 1))
            bytes.withUnsafeBytes { bytes in
                let start = bytes.baseAddress.map(UnsafeMutableRawPointer.init(mutating:))
                // libcurl copies; an empty array has no address, and "" no bytes to copy.
                codes.append(
                    start.map { ccurl_set_pointer(easy, CURLOPT_COPYPOSTFIELDS, $0) }
                        ?? ccurl_set_string(easy, CURLOPT_COPYPOSTFIELDS, ""))
            }
        case .file(_, _, let length):
            codes.append(ccurl_set_long(easy, CURLOPT_UPLOAD, 1))
            codes.append(ccurl_set_offset(easy, CURLOPT_INFILESIZE_LARGE, curl_off_t(length)))
            codes.append(ccurl_set_pointer(easy, CURLOPT_READDATA, context))
            codes.append(ccurl_set_data_callback(easy, CURLOPT_READFUNCTION, onRead))
            codes.append(ccurl_set_pointer(easy, CURLOPT_SEEKDATA, context))
            codes.append(ccurl_set_seek_callback(easy, onSeek))
            codes.append(ccurl_set_long(easy, CURLOPT_UPLOAD_BUFFERSIZE, 256 * 1024))
        }
        codes.append(ccurl_set_string(easy, CURLOPT_CUSTOMREQUEST, request.method))
        if let failed = codes.first(where: { $0 != CURLE_OK }) {
            throw request.unusable(String(cString: curl_easy_strerror(failed)), failed)
        }
    }

    /// Sends the request's fields and none of those that libcurl adds by itself.
    private func configureHeaders(_ request: HTTPRequest) throws {
        var lines = ["Expect:"]
        for name in ["Accept", "Content-Type"] where request.headers[name] == nil { lines.append(name + ":") }
        if request.headers["User-Agent"] == nil { lines.append("User-Agent: " + options.userAgent) }
        for (name, value) in request.headers.fields {
            guard !name.isEmpty, name.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: ":") }),
                value.utf8.allSatisfy({ ($0 >= 0x20 && $0 != 0x7F) || $0 == 0x09 })
            else { throw request.unusable("the header field \(name.debugDescription) holds a control character") }
            // libcurl's notation: "Name:" removes a field, "Name;" sends it empty.
            lines.append(value.utf8.allSatisfy { $0 == 0x20 || $0 == 0x09 } ? name + ";" : "\(name): \(value)")
        }
        for line in lines {
            guard let longer = curl_slist_append(requestHeaders, line) else {
                throw request.unusable("libcurl has no memory for the header fields")
            }
            requestHeaders = longer
        }
        let code = ccurl_set_list(easy, CURLOPT_HTTPHEADER, requestHeaders)
        guard code == CURLE_OK else { throw request.unusable(String(cString: curl_easy_strerror(code)), code) }
    }

    // MARK: What the callbacks call

    fileprivate static func from(_ context: UnsafeMutableRawPointer?) -> CurlTransfer? {
        context.map { Unmanaged<CurlTransfer>.fromOpaque($0).takeUnretainedValue() }
    }

    /// False: the request must not be written.
    fileprivate func mayWrite() -> Bool {
        let isRepeatable = ["GET", "HEAD", "PUT", "DELETE", "OPTIONS"].contains(submission.request.method)
        guard writes == 0 || isRepeatable else {
            callbackFailure = "the connection ended before the answer; \(submission.request.method) is not sent twice"
            return false
        }
        writes += 1
        return true
    }

    fileprivate func receiveHead(_ line: UnsafeRawBufferPointer) -> Bool {
        headBytes += line.count
        guard headBytes <= options.maximumResponseHeadBytes else {
            callbackFailure = "the answer's head is longer than \(options.maximumResponseHeadBytes) bytes"
            return false
        }
        let line = Self.trimmed(line[...])
        if line.starts(with: "HTTP/".utf8) {
            // A new head: the one before was an interim answer (RFC 9110 section 15.2).
            let status = line.split(separator: UInt8(ascii: " ")).dropFirst().first
            response.status = status.flatMap { Int(String(decoding: $0, as: UTF8.self)) } ?? 0
            response.headers = [:]
            isHeadComplete = false
        } else if line.isEmpty {
            isHeadComplete = true
        } else if let colon = line.firstIndex(of: UInt8(ascii: ":")) {
            response.headers.add(
                String(decoding: line[..<colon], as: UTF8.self),
                String(decoding: Self.trimmed(line[(colon + 1)...]), as: UTF8.self))
        }
        return true
    }

    /// Without the white space at both ends.
    private static func trimmed(_ bytes: Slice<UnsafeRawBufferPointer>) -> Slice<UnsafeRawBufferPointer> {
        func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || (0x09...0x0D).contains(byte) }
        var bytes = bytes.drop(while: isSpace)
        while let last = bytes.last, isSpace(last) { bytes.removeLast() }
        return bytes
    }

    fileprivate func receiveBody(_ bytes: UnsafeRawBufferPointer) -> Bool {
        guard response.body.count + bytes.count <= options.maximumResponseBodyBytes else {
            callbackFailure = "the answer is longer than \(options.maximumResponseBodyBytes) bytes"
            return false
        }
        response.body.append(contentsOf: bytes)
        return true
    }

    fileprivate func sendBody(into buffer: UnsafeMutableRawBufferPointer) -> Int? {
        guard let upload else { return nil }
        let count = upload.read(into: buffer)
        if count == nil { callbackFailure = "cannot read \(upload.path): it ended or changed while it was sent" }
        return count
    }

    fileprivate func rewindBody(to offset: Int) -> Bool {
        upload?.seek(to: offset) ?? false
    }
}

// MARK: Callbacks (C functions: the context is the transfer)

private func onHead(
    _ data: UnsafeMutablePointer<CChar>?, _ size: Int, _ count: Int, _ context: UnsafeMutableRawPointer?
) -> Int {
    let bytes = UnsafeRawBufferPointer(start: data, count: size * count)
    return CurlTransfer.from(context)?.receiveHead(bytes) == true ? bytes.count : -1
}

private func onBody(
    _ data: UnsafeMutablePointer<CChar>?, _ size: Int, _ count: Int, _ context: UnsafeMutableRawPointer?
) -> Int {
    let bytes = UnsafeRawBufferPointer(start: data, count: size * count)
    return CurlTransfer.from(context)?.receiveBody(bytes) == true ? bytes.count : -1
}

private func onRead(
    _ data: UnsafeMutablePointer<CChar>?, _ size: Int, _ count: Int, _ context: UnsafeMutableRawPointer?
) -> Int {
    let buffer = UnsafeMutableRawBufferPointer(start: data, count: size * count)
    return CurlTransfer.from(context)?.sendBody(into: buffer) ?? Int(CURL_READFUNC_ABORT)
}

private func onSeek(_ context: UnsafeMutableRawPointer?, _ offset: curl_off_t, _ origin: Int32) -> Int32 {
    let isDone = origin == SEEK_SET && CurlTransfer.from(context)?.rewindBody(to: Int(offset)) == true
    return isDone ? CURL_SEEKFUNC_OK : CURL_SEEKFUNC_FAIL
}

private func onWrite(
    _ context: UnsafeMutableRawPointer?, _ remote: UnsafeMutablePointer<CChar>?,
    _ local: UnsafeMutablePointer<CChar>?, _ remotePort: Int32, _ localPort: Int32
) -> Int32 {
    CurlTransfer.from(context)?.mayWrite() == true ? CURL_PREREQFUNC_OK : CURL_PREREQFUNC_ABORT
}

extension Duration {
    /// Whole milliseconds, at least 1 (0 means "no limit" to libcurl).
    fileprivate var milliseconds: Int {
        let (seconds, attoseconds) = components
        return max(1, Int(seconds) * 1000 + Int(attoseconds / 1_000_000_000_000_000))
    }
}
