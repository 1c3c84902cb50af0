import Foundation

@testable import AWSCore

// Operations in each protocol, shaped like the real ones.

struct Tag: Codable, Sendable, Equatable {
    var key: String
    var value: String
}

/// JSON, pascal.
struct PutThing: AWSOperation {
    var tableName: String
    var count: Int?
    var ratio: Double?
    var isOn: Bool?
    var tags: [Tag]?
    var labels: [String: String]?
    var nested: [String: [Tag]]?
    var since: Date?
    var blob: Data?
    var arn: String?

    struct Output: Decodable, Sendable, Equatable {
        var tableName: String?
        var count: Int?
        var big: Int64?
        var ratio: Double?
        var isOn: Bool?
        var tags: [Tag]
        var labels: [String: String]
        var since: Date?
        var blob: Data?
        var arn: String?
        var dbName: String?
    }
    static let service = AWSService(
        name: "dynamodb", wire: .json(version: "1.0", targetPrefix: "DynamoDB_20120810"))
    static let wireNames = ["arn": "ARN"]
}

/// JSON, camel.
struct RunTask: AWSOperation {
    var clusterName: String
    var tags: [Tag]
    var environment: [String: String]
    typealias Output = AWSEmpty
    static let service = AWSService(
        name: "ecs", wire: .json(version: "1.1", targetPrefix: "AmazonEC2ContainerServiceV20141113"),
        memberNames: .camel)
}

/// Query.
struct CreateGroup: AWSOperation {
    var dbSubnetGroupName: String
    var subnetIds: [String]
    var names: [String]
    var tags: [Tag]
    var flat: [String]
    var attributes: [String: String]
    var since: Date?
    var multiAZ: Bool?

    enum CodingKeys: String, CodingKey {
        case dbSubnetGroupName, subnetIds, names, tags, flat, attributes, since
        case multiAZ = "MultiAZ"
    }

    struct Output: Decodable, Sendable, Equatable {
        struct Subnet: Decodable, Sendable, Equatable {
            var subnetIdentifier: String
        }
        struct Group: Decodable, Sendable, Equatable {
            var dbSubnetGroupName: String
            var vpcId: String?
            var subnets: [Subnet]
            var parameters: [String: String]
            var isMultiAZ: Bool?
            var created: Date?

            enum CodingKeys: String, CodingKey {
                case dbSubnetGroupName, vpcId, subnets, parameters
                case isMultiAZ = "multiAZ"
                case created
            }
        }
        var dbSubnetGroup: Group?
        var marker: String?
    }
    static let service = AWSService(
        name: "rds", wire: .query(version: "2014-10-31"),
        wireNames: ["dbSubnetGroupName": "DBSubnetGroupName", "tags": "Tags.Tag", "flat": "Flat."])
    static let wireNames = ["subnetIds": "SubnetIds.SubnetIdentifier"]
}

/// EC2 Query, paginated.
struct DescribeVpcs: AWSPaginated {
    struct Filter: Encodable, Sendable {
        var name: String
        var values: [String]
    }
    var vpcIds: [String] = []
    var filters: [Filter] = []
    var nextToken: String?

    struct Output: Decodable, Sendable, Equatable {
        struct Vpc: Decodable, Sendable, Equatable {
            var vpcId: String
            var isDefault: Bool
            var tagSet: [Tag]
        }
        var vpcSet: [Vpc]
        var nextToken: String?
    }
    static let service = AWSService(name: "ec2", wire: .ec2Query(version: "2016-11-15"))
    static let wireNames = ["vpcIds": "VpcId", "filters": "Filter", "values": "Value"]
    static var inputToken: WritableKeyPath<DescribeVpcs, String?> { \.nextToken }
    static func outputToken(_ output: Output) -> String? { output.nextToken }
}

/// EC2 Query, a write that must not be repeated.
struct CreateVpc: AWSOperation {
    var cidrBlock: String
    typealias Output = AWSEmpty
    static let service = DescribeVpcs.service
}

/// EC2 Query, a write that may be repeated.
struct DeleteVpc: AWSOperation {
    var vpcId: String
    typealias Output = AWSEmpty
    static let service = DescribeVpcs.service
}

/// REST-XML.
struct UpdateDistribution: AWSOperation {
    struct Aliases: Codable, Sendable, Equatable {
        struct Items: Codable, Sendable, Equatable {
            var cname: [String]
            enum CodingKeys: String, CodingKey { case cname = "CNAME" }
        }
        var quantity: Int
        var items: Items?
    }
    struct Config: Codable, Sendable, Equatable {
        var callerReference: String
        var aliases: Aliases
        var comment: String
        var enabled: Bool
    }
    var id: String
    var ifMatch: String
    var distributionConfig: Config

    struct Output: Decodable, Sendable, Equatable {
        var id: String
        var eTag: String?
        var distributionConfig: Config
    }
    static let service = AWSService(name: "cloudfront", wire: .restXML, globalRegion: "us-east-1")
    var rest: AWSRESTRequest {
        AWSRESTRequest(
            method: "PUT", path: "/2020-05-31/distribution/\(id)/config", query: [("a b", "c/d")],
            headers: [("If-Match", ifMatch)],
            xmlRoot: ("DistributionConfig", "http://cloudfront.amazonaws.com/doc/2020-05-31/"),
            outputHeaders: ["ETag": "eTag"])
    }
}

/// REST-JSON.
struct PutGroup: AWSOperation {
    var id: String
    var filterExpression: String
    var tags: [String: String]

    enum CodingKeys: CodingKey { case filterExpression, tags }

    struct Output: Decodable, Sendable, Equatable {
        var groupName: String
        var location: String?
    }
    static let service = AWSService(name: "xray", wire: .restJSON)
    var rest: AWSRESTRequest {
        AWSRESTRequest(method: "PUT", path: "/groups/\(id)", outputHeaders: ["Location": "location"])
    }
}
