import CurlTransport
import Foundation
import TestSupport
import Testing

@testable import AWSCore

@Suite struct AWSErrorAnswerTests {
    struct Row: Sendable, CustomTestStringConvertible {
        var name: String
        var status = 400
        var headers: HTTPHeaders = [:]
        var body: String
        var code: String
        var message: String
        var requestID: String?
        var testDescription: String { name }
    }

    static let rows = [
        Row(
            name: "json with a namespace", headers: ["x-amzn-RequestId": "r"],
            body: #"{"__type":"com.amazonaws.dynamodb.v20120810#ResourceNotFoundException","message":"gone"}"#,
            code: "ResourceNotFoundException", message: "gone", requestID: "r"),
        Row(
            name: "json with Message and code", body: #"{"code":"ThrottlingException","Message":"slow"}"#,
            code: "ThrottlingException", message: "slow"),
        Row(
            name: "rest-json header with a URL",
            headers: ["X-Amzn-ErrorType": "ValidationException:http://internal.amazon.com/coral/"],
            body: #"{"message":"bad"}"#, code: "ValidationException", message: "bad"),
        Row(
            name: "query code of a json service",
            headers: ["x-amzn-query-error": "AWS.SimpleQueueService.NonExistentQueue;Sender"],
            body: #"{"__type":"com.amazonaws.sqs#QueueDoesNotExist","message":"no queue"}"#,
            code: "AWS.SimpleQueueService.NonExistentQueue", message: "no queue"),
        Row(
            name: "query", status: 409,
            body: "<ErrorResponse xmlns=\"x\"><Error><Type>Sender</Type><Code>EntityAlreadyExists</Code>"
                + "<Message>Role a &amp; b exists</Message></Error><RequestId>q</RequestId></ErrorResponse>",
            code: "EntityAlreadyExists", message: "Role a & b exists", requestID: "q"),
        Row(
            name: "ec2",
            body: "<?xml version=\"1.0\"?>\n<Response><Errors><Error><Code>InvalidVpcID.NotFound</Code><Message>no vpc"
                + "</Message></Error></Errors><RequestID>e</RequestID></Response>",
            code: "InvalidVpcID.NotFound", message: "no vpc", requestID: "e"),
        Row(
            name: "s3", status: 404, headers: ["x-amz-request-id": "h"],
            body: "<Error><Code>NoSuchKey</Code><Message>no key</Message><RequestId>b</RequestId></Error>",
            code: "NoSuchKey", message: "no key", requestID: "h"),
        Row(
            name: "a page of an emulator", status: 500, headers: ["Content-Type": "text/html; charset=utf-8"],
            body: "<!doctype html><html><title>500 Internal Server Error</title></html>", code: "NotImplemented",
            message: "the endpoint answered with an HTML page"),
        Row(
            name: "a page of a gateway", status: 502, body: "<html><body>Bad Gateway</body></html>", code: "BadGateway",
            message: "the endpoint answered with an HTML page"),
        Row(name: "nothing", status: 503, body: "", code: "ServiceUnavailable", message: "no message came with it"),
        Row(name: "no json", body: "{", code: "BadRequest", message: "no message came with it"),
        Row(name: "no xml", status: 404, body: "<a", code: "NotFound", message: "no message came with it"),
        Row(name: "plain text", status: 418, body: "teapot", code: "HTTP418", message: "no message came with it"),
    ]

    @Test(arguments: rows) func readsCodeMessageAndRequest(row: Row) {
        let answer = AWSErrorAnswer(HTTPResponse(row.status, row.body, headers: row.headers))
        #expect(answer.code == row.code)
        #expect(answer.message == row.message)
        #expect(answer.requestID == row.requestID)
    }

    @Test func theBodyStaysReadableWithinItsLimit() async throws {
        let body =
            #"{"__type":"x#TransactionCanceledException","CancellationReasons":[{"Code":"None"}],"pad":""#
            + String(repeating: "x", count: 100_000) + "\"}"
        let harness = Harness { _, _ in HTTPResponse(400, body) }
        let error = await #expect(throws: AWSError.self) {
            try await harness.client.send(PutThing(tableName: "t"), region: Harness.region)
        }
        #expect(error?.code == "TransactionCanceledException")
        #expect(error?.body == Array(body.utf8.prefix(AWSError.maximumBodyBytes)))
    }
}
