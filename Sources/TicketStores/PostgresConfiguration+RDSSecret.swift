internal import Foundation
public import PostgresClient

extension PostgresConfiguration {
    /// Signs in with a secret that RDS manages.
    ///
    /// - Parameter json: `{"username": "...", "password": "..."}`
    ///   (https://docs.aws.amazon.com/secretsmanager/latest/userguide/reference_secret_json_structure.html).
    /// - Throws: `TicketStoreError` of code `secretUnusable`; it quotes nothing of the secret.
    public init(
        rdsSecret json: String, host: String, port: Int, database: String, tls: TLSMode
    ) throws(TicketStoreError) {
        struct Secret: Decodable {
            var username: String
            var password: String
        }
        guard let secret = try? JSONDecoder().decode(Secret.self, from: Data(json.utf8)) else {
            throw TicketStoreError(
                .secretUnusable, "the database's secret is not a JSON object with username and password",
                remedy: "check that DATABASE_SECRET_ARN names the secret that RDS manages")
        }
        self.init(
            host: host, port: port, database: database, user: secret.username, password: secret.password, tls: tls)
    }
}
