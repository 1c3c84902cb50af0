import CurlTransport
import Foundation

/// The instance's role by IMDSv2; version 1 is not asked
/// (https://docs.aws.amazon.com/sdkref/latest/guide/feature-imds-credentials.html).
struct InstanceCredentials: CredentialSource {
    let context: CredentialContext
    let name = "instance metadata"

    func search() async throws -> CredentialSearch {
        let environment = context.environment
        if environment["AWS_EC2_METADATA_DISABLED"]?.lowercased() == "true" {
            return .absent("AWS_EC2_METADATA_DISABLED is true")
        }
        let isIPv6 = environment["AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE"]?.lowercased() == "ipv6"
        let standard = isIPv6 ? "http://[fd00:ec2::254]" : "http://169.254.169.254"
        let given = environment["AWS_EC2_METADATA_SERVICE_ENDPOINT"] ?? standard
        let base = given.hasSuffix("/") ? String(given.dropLast()) : given
        let token: String
        do {
            token = try await text(
                base + "/latest/api/token", method: "PUT",
                headers: ["X-aws-ec2-metadata-token-ttl-seconds": "21600"])
        } catch is TransportError {
            return .absent("no answer from \(base)")
        } catch let error as CredentialError {
            return .absent(error.message)
        }
        let headers: HTTPHeaders = ["X-aws-ec2-metadata-token": token]
        let path = base + "/latest/meta-data/iam/security-credentials/"
        do {
            guard let role = try? await text(path, headers: headers).split(whereSeparator: \.isNewline).first else {
                return .absent("the instance has no role")
            }
            let body = try await context.fetch(path + role.percentEncoded(), headers: headers, timeout: timeout)
            return .found(try CredentialDocument.parse(body, source: "\(name) (\(role))"))
        } catch let error as TransportError {
            throw CredentialError("the answer was lost: \(error)")
        }
    }

    /// Seconds; `AWS_METADATA_SERVICE_TIMEOUT`.
    private var timeout: Duration {
        .seconds(context.environment["AWS_METADATA_SERVICE_TIMEOUT"].flatMap { Double($0) }.map { max(0.1, $0) } ?? 1)
    }

    private func text(_ url: String, method: String = "GET", headers: HTTPHeaders) async throws -> String {
        String(
            decoding: try await context.fetch(url, method: method, headers: headers, timeout: timeout), as: UTF8.self)
    }
}
