public import AWSCore

/// Service Quotas (https://docs.aws.amazon.com/servicequotas/2019-06-24/apireference/).
public enum ServiceQuotas {
    public static let service = AWSService(
        name: "service-quotas", endpointPrefix: "servicequotas", signingName: "servicequotas",
        wire: .json(version: "1.1", targetPrefix: "ServiceQuotasV20190624"))

    public struct Quota: Decodable, Sendable {
        public var quotaName: String?
        public var value: Double
    }

    /// The value applied to this account; NoSuchResourceException where only the default holds
    /// (https://docs.aws.amazon.com/servicequotas/2019-06-24/apireference/API_GetServiceQuota.html).
    public struct GetServiceQuota: AWSOperation {
        public static var service: AWSService { ServiceQuotas.service }

        /// "fargate"
        public var serviceCode: String
        /// "L-3032A538"
        public var quotaCode: String

        public init(serviceCode: String, quotaCode: String) {
            self.serviceCode = serviceCode
            self.quotaCode = quotaCode
        }

        public struct Output: Decodable, Sendable {
            public var quota: Quota
        }
    }

    /// AWS's value for every account
    /// (https://docs.aws.amazon.com/servicequotas/2019-06-24/apireference/API_GetAWSDefaultServiceQuota.html).
    public struct GetAWSDefaultServiceQuota: AWSOperation {
        public static var service: AWSService { ServiceQuotas.service }
        public typealias Output = GetServiceQuota.Output

        public var serviceCode: String
        public var quotaCode: String

        public init(serviceCode: String, quotaCode: String) {
            self.serviceCode = serviceCode
            self.quotaCode = quotaCode
        }
    }
}
