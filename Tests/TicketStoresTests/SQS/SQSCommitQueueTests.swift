import AWSCore
import AWSServices
import CurlTransport
import Foundation
import TestSupport
import Testing
import Ticketing

@testable import TicketStores

@Suite struct SQSCommitQueueTests {
    @Test(arguments: [
        "x", "", "Root=1-5759e988-bd862e3fe1be46a99427279", "Root=1-5759e988-bd862e3fe1be46a994272793;Self",
        "Root=1-5759e988-bd862e3fe1be46a99427279g", "Root=1-5759e988-bd862e3fe1be46a994272793;A=\u{E9}",
    ])
    func aTraceHeaderThatIsNoneStaysBehind(header: String) async throws {
        let queue = try await AWSEmulator.fair.get().makeQueue().queue
        let run = CommitQueueConformance.Run(queue: queue)
        var message = run.message("message")
        message.traceHeader = header
        try await queue.send(message)
        let received = try await run.next()
        #expect(received.body == message.body)
        #expect(received.traceHeader == nil)
    }

    /// A day is more than SQS grants.
    @Test func timesAreWithinWhatSQSTakes() async throws {
        let transport = ScriptedTransport { _, _ in HTTPResponse(200, "{}") }
        let client = AWSClient(
            transport: transport,
            configuration: .init(credentials: nil, endpoints: EndpointResolver(url: "http://queue"), retry: .soon))
        let queue = SQSCommitQueue(client: client, region: AWSEmulator.region, queueURL: "http://queue/q.fifo")
        _ = try await queue.receive(max: 99, wait: .seconds(86_400), visibility: .seconds(86_400))
        _ = try await queue.receive(max: 0, wait: .milliseconds(1), visibility: .milliseconds(1_001))
        struct Sent: Decodable, Equatable {
            var max: Int
            var wait: Int
            var visibility: Int

            enum CodingKeys: String, CodingKey {
                case max = "MaxNumberOfMessages"
                case wait = "WaitTimeSeconds"
                case visibility = "VisibilityTimeout"
            }
        }
        let sent = try transport.requests.map { try JSONDecoder().decode(Sent.self, from: Data($0.bodyText.utf8)) }
        #expect(
            sent == [
                Sent(max: 10, wait: 20, visibility: 43_200),
                Sent(max: 1, wait: 1, visibility: 2),
            ])
    }

    @Test func aQueueWithoutDeadLettersSaysSo() async throws {
        let client = try AWSEmulator.fair.get().client()
        let url = try await client.send(
            SQS.CreateQueue(
                queueName: "q-\(UUID().uuidString).fifo", attributes: ["FifoQueue": "true"], tags: [:]),
            region: AWSEmulator.region
        ).queueUrl
        let letters = SQSDeadLetterQueue(client: client, region: AWSEmulator.region, queueURL: url)
        let error = await #expect(throws: StoreError.self) { _ = try await letters.depth() }
        #expect(error?.kind == .invalid)
        #expect(error?.message == "the queue has no dead-letter queue")

        let missing = SQSCommitQueue(client: client, region: AWSEmulator.region, queueURL: url + "-never-made.fifo")
        let away = await #expect(throws: StoreError.self) { try await missing.ping() }
        #expect(away?.kind == .unavailable)
    }
}
