import PostgresClient
import TestSupport
import Testing
import TicketStores

@Suite struct RDSSecretTests {
    @Test func theSecretOfRDSGivesUserAndPassword() async throws {
        let server = try PostgresServer.shared.get()
        let configuration = try PostgresConfiguration(
            rdsSecret: #"{"username":"\#(PostgresServer.user)","password":"pass\/word@planted#secret","extra":1}"#,
            host: "127.0.0.1", port: server.port, database: "postgres", tls: .require)
        let connection = try await PostgresConnection.connect(configuration)
        #expect(try await connection.scalar("SELECT current_user") == PostgresServer.user)
    }

    @Test(arguments: [
        "", "planted", #"["planted"]"#, #"{"username":"planted"}"#, #"{"username":1,"password":"planted"}"#,
    ])
    func anotherShapeIsRefusedWithoutBeingQuoted(json: String) {
        let error = #expect(throws: TicketStoreError.self) {
            try PostgresConfiguration(rdsSecret: json, host: "h", port: 1, database: "d", tls: .require)
        }
        #expect(error?.code == .secretUnusable)
        #expect(error?.description.contains("planted") == false)
    }
}
