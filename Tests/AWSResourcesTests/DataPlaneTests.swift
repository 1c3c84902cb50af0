import AWSCore
import AWSServices
import CurlTransport
import Foundation
import TestSupport
import Testing

/// What the data half sends to DynamoDB and SQS byte for byte, and what it reads of their answers.
@Suite struct DataPlaneTests {
    private static let region = "ap-northeast-1"

    private func client(
        _ answer: @escaping @Sendable (HTTPRequest, Int) async throws -> HTTPResponse
    ) -> (AWSClient, ScriptedTransport) {
        let transport = ScriptedTransport(answer)
        let clock = ManualClock()
        let configuration = AWSClient.Configuration(
            credentials: nil, endpoints: EndpointResolver(url: "http://endpoint.test"),
            time: TimeSource(clock, date: { clock.date }), random: { 0 })
        return (AWSClient(transport: transport, configuration: configuration), transport)
    }

    private func sent<Operation: AWSOperation>(
        _ operation: Operation, _ answer: String = "{}"
    ) async throws -> (body: String, target: String?, output: Operation.Output) {
        let (client, transport) = client { _, _ in HTTPResponse(200, answer) }
        let output = try await client.send(operation, region: Self.region)
        let request = try #require(transport.requests.first)
        return (request.bodyText, request.headers["X-Amz-Target"], output)
    }

    private func refusal<Operation: AWSOperation>(
        _ operation: Operation, _ answers: [Result<HTTPResponse, TransportError>]
    ) async throws -> AWSError {
        let (client, _) = client { _, number in try answers[min(number, answers.count - 1)].get() }
        return try #require(
            await #expect(throws: AWSError.self) { try await client.send(operation, region: Self.region) })
    }

    // MARK: DynamoDB

    @Test func valuesOfEveryTypeComeBackAsTheyWere() async throws {
        let item: DynamoDB.Item = [
            "s": .text("\u{1F3AB} \"\\\n\u{1}"), "n": .number(-7), "b": .binary(Data([0, 255])), "t": .boolean(true),
            "f": .boolean(false), "0": .null, "ss": .textSet(["b", "a"]), "ns": .numberSet(["1", "2.5"]),
            "l": .list([.text(""), .list([])]), "m": .map(["S": .number(1), "s": .map([:])]),
        ]
        let put = try await sent(DynamoDB.PutItem(tableName: "t", item: item))
        #expect(put.target == "DynamoDB_20120810.PutItem")
        #expect(
            put.body == #"{"Item":{"0":{"NULL":true},"b":{"B":"AP8="},"f":{"BOOL":false},"#
                + #""l":{"L":[{"S":""},{"L":[]}]},"m":{"M":{"S":{"N":"1"},"s":{"M":{}}}},"n":{"N":"-7"},"#
                + #""ns":{"NS":["1","2.5"]},"s":{"S":"\#u{1F3AB} \"\\\n\u0001"},"ss":{"SS":["a","b"]},"#
                + #""t":{"BOOL":true}},"TableName":"t"}"#)
        let start = try #require(put.body.firstIndex(of: "{"))
        let answer = String(put.body[start...])
        let get = try await sent(DynamoDB.GetItem(tableName: "t", key: ["pk": .text("a")]), answer)
        #expect(get.body == #"{"ConsistentRead":true,"Key":{"pk":{"S":"a"}},"TableName":"t"}"#)
        #expect(get.output.item == item)
        #expect(try await sent(DynamoDB.GetItem(tableName: "t", key: [:])).output.item.isEmpty)
    }

    @Test func aTransactionSendsItsWritesInOrder() async throws {
        let writes: [DynamoDB.TransactWriteItem] = [
            .put(.init(tableName: "t", item: ["pk": .text("1")], conditionExpression: "attribute_not_exists(pk)")),
            .update(
                .init(
                    tableName: "t", key: ["pk": .text("2")], updateExpression: "SET #o = :o",
                    expressionAttributeNames: ["#o": "owner"], expressionAttributeValues: [":o": .text("u")],
                    returnValuesOnConditionCheckFailure: "ALL_OLD")),
            .delete(.init(tableName: "t", key: ["pk": .text("3")])),
            .conditionCheck(
                .init(tableName: "t", key: ["pk": .text("4")], conditionExpression: "attribute_exists(pk)")),
        ]
        let call = try await sent(DynamoDB.TransactWriteItems(transactItems: writes, clientRequestToken: "token"))
        #expect(call.target == "DynamoDB_20120810.TransactWriteItems")
        #expect(
            call.body == #"{"ClientRequestToken":"token","TransactItems":["#
                + #"{"Put":{"ConditionExpression":"attribute_not_exists(pk)","Item":{"pk":{"S":"1"}},"TableName":"t"}},"#
                + ##"{"Update":{"ExpressionAttributeNames":{"#o":"owner"},"ExpressionAttributeValues":{":o":{"S":"u"}},"##
                + #""Key":{"pk":{"S":"2"}},"ReturnValuesOnConditionCheckFailure":"ALL_OLD","TableName":"t","#
                + ##""UpdateExpression":"SET #o = :o"}},"##
                + #"{"Delete":{"Key":{"pk":{"S":"3"}},"TableName":"t"}},"#
                + #"{"ConditionCheck":{"ConditionExpression":"attribute_exists(pk)","Key":{"pk":{"S":"4"}},"#
                + #""TableName":"t"}}]}"#)
    }

    @Test func aCancelledTransactionSaysWhyForEveryWrite() async throws {
        let answer =
            #"{"__type":"com.amazonaws.dynamodb.v20120810#TransactionCanceledException","Message":"cancelled","#
            + #""CancellationReasons":[{"Code":"None"},{"Code":"ConditionalCheckFailed","Message":"The conditional "#
            + #"request failed","Item":{"pk":{"S":"1"},"until":{"N":"5"}}},{"Code":"TransactionConflict"}]}"#
        let error = try await refusal(
            DynamoDB.TransactWriteItems(transactItems: [], clientRequestToken: "t"),
            [.success(HTTPResponse(400, answer))])
        let reasons = try #require(error.cancellationReasons)
        #expect(reasons.map(\.code) == ["None", "ConditionalCheckFailed", "TransactionConflict"])
        #expect(reasons.map(\.item) == [[:], ["pk": .text("1"), "until": .number(5)], [:]])
        #expect(error.conditionItem == nil)
        #expect(error.attempts == 1)
    }

    @Test func aRefusedConditionShowsTheItem() async throws {
        let answer =
            #"{"__type":"x#ConditionalCheckFailedException","message":"The conditional request failed","#
            + #""Item":{"owner":{"S":"u"}}}"#
        let put = DynamoDB.PutItem(
            tableName: "t", item: [:], conditionExpression: "attribute_not_exists(pk)",
            returnValuesOnConditionCheckFailure: "ALL_OLD")
        let error = try await refusal(put, [.success(HTTPResponse(400, answer))])
        #expect(error.conditionItem == ["owner": .text("u")])
        #expect(error.cancellationReasons == nil)
        #expect(!error.followsLostAnswer)
    }

    @Test(arguments: [500, 0]) func aConditionRefusedAfterALostAnswerMayBeTheCallsOwnDoing(status: Int) async throws {
        let lost: Result<HTTPResponse, TransportError> =
            status == 0
            ? .failure(
                TransportError(kind: .interrupted, mayHaveBeenSent: true, curlCode: 56, message: "m", url: "u"))
            : .success(HTTPResponse(status, ""))
        let refused = HTTPResponse(400, #"{"__type":"x#ConditionalCheckFailedException"}"#)
        let error = try await refusal(DynamoDB.PutItem(tableName: "t", item: [:]), [lost, .success(refused)])
        #expect(error.code == "ConditionalCheckFailedException")
        #expect(error.attempts == 2)
        #expect(error.followsLostAnswer)
    }

    @Test(arguments: ["ProvisionedThroughputExceededException", "TransactionConflictException", "ThrottlingException"])
    func whatCertainlyDidNotHappenIsTriedAgain(code: String) async throws {
        let (client, transport) = client { _, number in
            number < 2 ? HTTPResponse(400, "{\"__type\":\"x#\(code)\"}") : HTTPResponse(200, "{}")
        }
        _ = try await client.send(DynamoDB.PutItem(tableName: "t", item: [:]), region: Self.region)
        #expect(transport.requests.count == 3)
    }

    @Test func aQueryGoesOnBehindTheLastKey() async throws {
        let query = DynamoDB.Query(
            tableName: "t", indexName: "unsent", keyConditionExpression: "shard = :s",
            expressionAttributeValues: [":s": .number(3)], limit: 2)
        let first = try await sent(
            query, #"{"Items":[{"pk":{"S":"a"}}],"Count":1,"ScannedCount":2,"LastEvaluatedKey":{"pk":{"S":"b"}}}"#)
        #expect(
            first.body == #"{"ExpressionAttributeValues":{":s":{"N":"3"}},"IndexName":"unsent","#
                + #""KeyConditionExpression":"shard = :s","Limit":2,"TableName":"t"}"#)
        #expect(first.output.items == [["pk": .text("a")]])
        let next = try #require(query.next(after: first.output))
        let last = try await sent(next, #"{"Items":[],"Count":0}"#)
        #expect(last.body.contains(#""ExclusiveStartKey":{"pk":{"S":"b"}}"#))
        #expect(next.next(after: last.output) == nil)
        #expect(DynamoDB.Query.effect == .read && DynamoDB.BatchGetItem.effect == .read)
    }

    @Test func aBatchSaysWhichKeysItDidNotLookAt() async throws {
        let get = DynamoDB.BatchGetItem(
            requestItems: ["t": .init(keys: [["pk": .text("a")], ["pk": .text("b")]], consistentRead: true)])
        let call = try await sent(
            get,
            #"{"Responses":{"t":[{"pk":{"S":"a"}}]},"#
                + #""UnprocessedKeys":{"t":{"Keys":[{"pk":{"S":"b"}}],"ConsistentRead":true}}}"#)
        #expect(
            call.body == #"{"RequestItems":{"t":{"ConsistentRead":true,"Keys":[{"pk":{"S":"a"}},{"pk":{"S":"b"}}]}}}"#)
        #expect(call.output.responses == ["t": [["pk": .text("a")]]])
        #expect(call.output.unprocessedKeys == ["t": .init(keys: [["pk": .text("b")]], consistentRead: true)])
    }

    // MARK: SQS

    @Test func aBatchOfMessagesCarriesGroupsAndTraces() async throws {
        let entries = [
            SQS.SendMessageBatch.Entry(
                id: "0", messageBody: "a", messageGroupId: "g-1", messageDeduplicationId: "d", traceHeader: "Root=1"),
            SQS.SendMessageBatch.Entry(id: "1", messageBody: "b", messageGroupId: "g-2", messageDeduplicationId: "e"),
        ]
        let call = try await sent(
            SQS.SendMessageBatch(queueUrl: "u", entries: entries),
            #"{"Successful":[{"Id":"0","MessageId":"m","MD5OfMessageBody":"x","SequenceNumber":"18"}],"#
                + #""Failed":[{"Id":"1","Code":"InternalError","SenderFault":false}]}"#)
        #expect(call.target == "AmazonSQS.SendMessageBatch")
        #expect(
            call.body
                == #"{"Entries":[{"Id":"0","MessageBody":"a","MessageDeduplicationId":"d","MessageGroupId":"g-1","#
                + #""MessageSystemAttributes":{"AWSTraceHeader":{"DataType":"String","StringValue":"Root=1"}}},"#
                + #"{"Id":"1","MessageBody":"b","MessageDeduplicationId":"e","MessageGroupId":"g-2"}],"QueueUrl":"u"}"#)
        #expect(call.output.successful.map(\.id) == ["0"])
        #expect(call.output.successful.map(\.sequenceNumber) == ["18"])
        #expect(call.output.failed.map(\.code) == ["InternalError"])
        #expect(call.output.failed.map(\.senderFault) == [false])
    }

    @Test func aMessageShowsItsAttributes() async throws {
        let call = try await sent(
            SQS.ReceiveMessage(queueUrl: "u", visibilityTimeout: 30, waitTimeSeconds: 20, receiveRequestAttemptId: "r"),
            #"{"Messages":[{"MessageId":"m","ReceiptHandle":"h","Body":"b","MD5OfBody":"x","Attributes":{"#
                + #""ApproximateReceiveCount":"3","MessageGroupId":"g","MessageDeduplicationId":"d","#
                + #""SequenceNumber":"18849496460467696128","SentTimestamp":"1700000000000","AWSTraceHeader":"Root=1"}}]}"#
        )
        #expect(
            call.body == #"{"MaxNumberOfMessages":10,"MessageSystemAttributeNames":["All"],"QueueUrl":"u","#
                + #""ReceiveRequestAttemptId":"r","VisibilityTimeout":30,"WaitTimeSeconds":20}"#)
        let message = try #require(call.output.messages.first)
        #expect(message.receiptHandle == "h" && message.body == "b")
        #expect(message.approximateReceiveCount == 3 && message.sentTimestamp == 1_700_000_000_000)
        #expect(message.messageGroupId == "g" && message.messageDeduplicationId == "d")
        #expect(message.sequenceNumber == "18849496460467696128" && message.traceHeader == "Root=1")
        #expect(try await sent(SQS.ReceiveMessage(queueUrl: "u")).output.messages.isEmpty)
    }

    @Test func receiptsAreDeletedAndChangedOneByOneAndTogether() async throws {
        #expect(
            try await sent(SQS.DeleteMessage(queueUrl: "u", receiptHandle: "h"), "").body
                == #"{"QueueUrl":"u","ReceiptHandle":"h"}"#)
        #expect(
            try await sent(SQS.ChangeMessageVisibility(queueUrl: "u", receiptHandle: "h", visibilityTimeout: 0), "")
                .body
                == #"{"QueueUrl":"u","ReceiptHandle":"h","VisibilityTimeout":0}"#)
        let answer =
            #"{"Successful":[{"Id":"0"}],"Failed":[{"Id":"1","Code":"ReceiptHandleIsInvalid","Message":"m","#
            + #""SenderFault":true}]}"#
        let deleted = try await sent(
            SQS.DeleteMessageBatch(
                queueUrl: "u", entries: [.init(id: "0", receiptHandle: "h"), .init(id: "1", receiptHandle: "i")]),
            answer)
        #expect(
            deleted.body
                == #"{"Entries":[{"Id":"0","ReceiptHandle":"h"},{"Id":"1","ReceiptHandle":"i"}],"QueueUrl":"u"}"#)
        #expect(deleted.output.successful.map(\.id) == ["0"])
        #expect(deleted.output.failed.map(\.code) == ["ReceiptHandleIsInvalid"])
        let changed = try await sent(
            SQS.ChangeMessageVisibilityBatch(
                queueUrl: "u", entries: [.init(id: "0", receiptHandle: "h", visibilityTimeout: 60)]), answer)
        #expect(
            changed.body == #"{"Entries":[{"Id":"0","ReceiptHandle":"h","VisibilityTimeout":60}],"QueueUrl":"u"}"#)
        #expect(changed.output.failed.first?.senderFault == true)
    }
}
