internal import Tracing

/// The span attributes that X-Ray has fields for; the names are OpenTelemetry's where it has them.
public enum XRayAttribute {
    public static let httpMethod = "http.request.method"
    /// The route or the URL, without a query.
    public static let httpURL = "url.full"
    public static let httpStatus = "http.response.status_code"
    public static let clientAddress = "client.address"
    public static let userAgent = "user_agent.original"

    public static let awsOperation = "aws.operation"
    public static let awsRegion = "aws.region"
    public static let awsRequestID = "aws.request_id"
    public static let awsTable = "aws.table_name"
    public static let awsQueueURL = "aws.queue_url"
}

/// A segment or a subsegment sent by itself
/// (https://docs.aws.amazon.com/xray/latest/devguide/xray-api-segmentdocuments.html).
struct SegmentDocument: Sendable {
    /// X-Ray's limit of a document; a datagram has room for it and its header line.
    static let maximumBytes = 64_000
    static let maximumAnnotations = 50
    static let headerLine = "{\"format\":\"json\",\"version\":1}\n"

    private(set) var name: String
    private(set) var operation: String
    let id: SegmentID
    let root: TraceID
    let parent: SegmentID?
    let isSubsegment: Bool
    let isRemoteCall: Bool
    let startNanoseconds: UInt64
    var attributes: SpanAttributes = [:]
    var isFailed = false
    private var exception: (type: String, message: String)?

    init(
        name: String, operation: String, id: SegmentID, root: TraceID, parent: SegmentID?, isSubsegment: Bool,
        isRemoteCall: Bool, startNanoseconds: UInt64
    ) {
        self.name = Self.name(name)
        self.operation = operation
        self.id = id
        self.root = root
        self.parent = parent
        self.isSubsegment = isSubsegment
        self.isRemoteCall = isRemoteCall
        self.startNanoseconds = startNanoseconds
    }

    /// A subsegment is named after its operation, a segment after its service.
    mutating func rename(_ operation: String) {
        self.operation = operation
        if isSubsegment { name = Self.name(operation) }
    }

    mutating func record(_ error: any Error) {
        isFailed = true
        exception = (type: "\(type(of: error))", message: String("\(error)".prefix(1_000)))
    }

    /// At most 200 letters, digits, blanks and `_ . : / % & # = + \ - @`; others become "_".
    static func name(_ text: String) -> String {
        var name = ""
        for scalar in text.unicodeScalars.prefix(200) {
            name.unicodeScalars.append(isAllowed(scalar) ? scalar : "_")
        }
        return name.isEmpty ? "_" : name
    }

    private static func isAllowed(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar {
        case "a"..."z", "A"..."Z", "0"..."9", " ", "_", ".", ":", "/", "%", "&", "#", "=", "+", "\\", "-", "@": true
        default: !scalar.isASCII && (scalar.properties.isAlphabetic || scalar.properties.numericType != nil)
        }
    }

    /// The header line and the document; without annotations and cause where those make it too long.
    func datagram(endNanoseconds: UInt64) -> [UInt8] {
        let whole = render(endNanoseconds: endNanoseconds, hasDetails: true)
        return whole.count <= Self.maximumBytes ? whole : render(endNanoseconds: endNanoseconds, hasDetails: false)
    }

    private func render(endNanoseconds: UInt64, hasDetails: Bool) -> [UInt8] {
        let status = attributes.get(XRayAttribute.httpStatus).flatMap(\.integer)
        let isAWSCall = attributes.get(XRayAttribute.awsOperation) != nil
        var json = JSONWriter(capacity: 768)
        json.raw(Self.headerLine)
        json.object { json in
            json.member("name", name)
            json.member("id", id.description)
            json.member("trace_id", root.description)
            json.member("parent_id", parent?.description)
            json.member("type", isSubsegment ? "subsegment" : nil)
            json.member("namespace", !isSubsegment || !isRemoteCall ? nil : isAWSCall ? "aws" : "remote")
            json.member("start_time") { $0.raw(Self.seconds(startNanoseconds)) }
            json.member("end_time") { $0.raw(Self.seconds(max(startNanoseconds, endNanoseconds))) }
            json.flag("throttle", status == 429)
            json.flag("error", status.map { (400..<500).contains($0) } ?? false)
            json.flag("fault", status.map { $0 >= 500 } ?? isFailed)
            writeHTTP(status, &json)
            writeAWS(&json)
            if hasDetails {
                writeAnnotations(&json)
                writeCause(&json)
            }
        }
        return json.bytes
    }

    private func writeHTTP(_ status: Int64?, _ json: inout JSONWriter) {
        let request = [
            ("method", XRayAttribute.httpMethod), ("url", XRayAttribute.httpURL),
            ("client_ip", XRayAttribute.clientAddress), ("user_agent", XRayAttribute.userAgent),
        ].compactMap { name, attribute in text(attribute).map { (name, $0) } }
        guard !request.isEmpty || status != nil else { return }
        json.member("http") { json in
            json.object { json in
                if !request.isEmpty {
                    json.member("request") {
                        $0.object { json in for (name, value) in request { json.member(name, value) } }
                    }
                }
                if let status { json.member("response") { $0.object { $0.member("status", status) } } }
            }
        }
    }

    private func writeAWS(_ json: inout JSONWriter) {
        let fields = [
            ("operation", XRayAttribute.awsOperation), ("region", XRayAttribute.awsRegion),
            ("request_id", XRayAttribute.awsRequestID), ("table_name", XRayAttribute.awsTable),
            ("queue_url", XRayAttribute.awsQueueURL),
        ].compactMap { name, attribute in text(attribute).map { (name, $0) } }
        guard !fields.isEmpty else { return }
        json.member("aws") { $0.object { json in for (name, value) in fields { json.member(name, value) } } }
    }

    /// The attributes that have no field of their own; arrays are no annotations.
    private func writeAnnotations(_ json: inout JSONWriter) {
        var annotations: [String: SpanAttribute] = isSubsegment ? [:] : ["operation": .string(operation)]
        attributes.forEach { name, value in
            if !Self.fieldAttributes.contains(name) { annotations[metricName(name, allowsColon: false)] = value }
        }
        let kept = annotations.sorted { $0.key < $1.key }.prefix(Self.maximumAnnotations)
        json.member("annotations") { json in
            json.object { json in
                for (name, value) in kept {
                    if Redaction.standard.covers(name) {
                        json.member(name, Redaction.mark)
                    } else if let number = value.integer {
                        json.member(name, number)
                    } else if case .double(let number) = value {
                        json.member(name, number)
                    } else if case .bool(let flag) = value {
                        json.member(name) { $0.bool(flag) }
                    } else if let text = value.text {
                        json.member(name, text)
                    }
                }
            }
        }
    }

    private func writeCause(_ json: inout JSONWriter) {
        guard let exception else { return }
        json.member("cause") { json in
            json.object { json in
                json.member("exceptions") { json in
                    json.array([exception]) { json, exception in
                        json.object { json in
                            // Unique in the trace, as the segment's own id is.
                            json.member("id", id.description)
                            json.member("type", exception.type)
                            json.member("message", exception.message)
                        }
                    }
                }
            }
        }
    }

    private func text(_ attribute: String) -> String? { attributes.get(attribute).flatMap(\.text) }

    /// "1700000000.123456": microseconds, which a Double still holds.
    private static func seconds(_ nanoseconds: UInt64) -> String {
        let micros = String(nanoseconds / 1_000 % 1_000_000)
        return "\(nanoseconds / 1_000_000_000)." + String(repeating: "0", count: 6 - micros.count) + micros
    }

    private static let fieldAttributes: Set<String> = [
        XRayAttribute.httpMethod, XRayAttribute.httpURL, XRayAttribute.httpStatus, XRayAttribute.clientAddress,
        XRayAttribute.userAgent, XRayAttribute.awsOperation, XRayAttribute.awsRegion, XRayAttribute.awsRequestID,
        XRayAttribute.awsTable, XRayAttribute.awsQueueURL,
    ]
}

extension SpanAttribute {
    fileprivate var integer: Int64? {
        switch self {
        case .int32(let value): Int64(value)
        case .int64(let value): value
        default: nil
        }
    }

    /// At most 1,000 characters, X-Ray's limit of an annotation.
    fileprivate var text: String? {
        switch self {
        case .string(let value): String(value.prefix(1_000))
        case .stringConvertible(let value): String(value.description.prefix(1_000))
        default: nil
        }
    }
}
