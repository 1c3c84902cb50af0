import CurlTransport
import Foundation
import TestSupport
import Testing

@testable import AWSCore

/// What leaves for each protocol, byte for byte.
@Suite struct RequestGoldenTests {
    private func request<Operation: AWSOperation>(_ operation: Operation, _ answer: String) async throws -> HTTPRequest
    {
        let harness = Harness { _, _ in HTTPResponse(200, answer) }
        _ = try await harness.client.send(operation, region: Harness.region)
        return try #require(harness.transport.requests.first)
    }

    @Test func json() async throws {
        let request = try await request(
            PutThing(
                tableName: "seats \"A\"/\n\u{1F3AB}", count: 3, ratio: 0.5, isOn: false,
                tags: [Tag(key: "k", value: "v")], labels: ["lowerKey": "1", "UpperKey": "2", "arn": "3"],
                nested: ["arn": [Tag(key: "a", value: "b")]], since: Date(timeIntervalSince1970: 1_700_000_000),
                blob: Data([0, 255]), arn: "x"), "{}")
        #expect(request.method == "POST")
        #expect(request.url == "http://endpoint.test/")
        #expect(request.headers["Content-Type"] == "application/x-amz-json-1.0")
        #expect(request.headers["X-Amz-Target"] == "DynamoDB_20120810.PutThing")
        #expect(
            request.bodyText == #"{"ARN":"x","Blob":"AP8=","Count":3,"IsOn":false,"#
                + #""Labels":{"UpperKey":"2","arn":"3","lowerKey":"1"},"Nested":{"arn":[{"Key":"a","Value":"b"}]},"#
                + #""Ratio":0.5,"Since":1700000000,"TableName":"seats \"A\"/\n"# + "\u{1F3AB}"
                + #"","Tags":[{"Key":"k","Value":"v"}]}"#)
    }

    @Test func jsonLeavesNilOut() async throws {
        #expect(try await request(PutThing(tableName: "t"), "{}").bodyText == #"{"TableName":"t"}"#)
        #expect(
            try await request(PutThing(tableName: "t", since: Date(timeIntervalSince1970: 1.25)), "{}").bodyText
                == #"{"Since":1.25,"TableName":"t"}"#)
    }

    @Test func camelJSON() async throws {
        let request = try await request(
            RunTask(clusterName: "c", tags: [Tag(key: "K", value: "V")], environment: ["PATH": "/bin"]), "{}")
        #expect(request.headers["Content-Type"] == "application/x-amz-json-1.1")
        #expect(
            request.bodyText
                == #"{"clusterName":"c","environment":{"PATH":"/bin"},"tags":[{"key":"K","value":"V"}]}"#)
    }

    @Test func query() async throws {
        let request = try await request(
            CreateGroup(
                dbSubnetGroupName: "g & h", subnetIds: ["s-1", "s-2"], names: ["n"],
                tags: [Tag(key: "a", value: "=/~é")], flat: ["f"], attributes: ["Raw Key": "1", "a": "2"],
                since: Date(timeIntervalSince1970: 1_700_000_000.5), multiAZ: true),
            "<R><CreateGroupResult/></R>")
        #expect(request.headers["Content-Type"] == "application/x-www-form-urlencoded; charset=utf-8")
        #expect(
            request.bodyText.split(separator: "&").map(String.init) == [
                "Action=CreateGroup", "Version=2014-10-31", "DBSubnetGroupName=g%20%26%20h",
                "SubnetIds.SubnetIdentifier.1=s-1", "SubnetIds.SubnetIdentifier.2=s-2", "Names.member.1=n",
                "Tags.Tag.1.Key=a", "Tags.Tag.1.Value=%3D%2F~%C3%A9", "Flat.1=f",
                "Attributes.entry.1.key=Raw%20Key", "Attributes.entry.1.value=1", "Attributes.entry.2.key=a",
                "Attributes.entry.2.value=2", "Since=2023-11-14T22%3A13%3A20.500Z", "MultiAZ=true",
            ])
    }

    @Test func queryNamesAnEmptyList() async throws {
        let body = try await request(
            CreateGroup(dbSubnetGroupName: "g", subnetIds: [], names: [], tags: [], flat: [], attributes: [:]), "<R/>"
        ).bodyText
        #expect(
            body == "Action=CreateGroup&Version=2014-10-31&DBSubnetGroupName=g&SubnetIds=&Names=&Tags=&Flat=")
    }

    @Test func ec2Query() async throws {
        let request = try await request(
            DescribeVpcs(vpcIds: ["vpc-1"], filters: [.init(name: "tag:a", values: ["x", "y"])]), "<R/>")
        #expect(
            request.bodyText == "Action=DescribeVpcs&Version=2016-11-15&VpcId.1=vpc-1&Filter.1.Name=tag%3Aa"
                + "&Filter.1.Value.1=x&Filter.1.Value.2=y")
        #expect(
            try await self.request(DescribeVpcs(), "<R/>").bodyText == "Action=DescribeVpcs&Version=2016-11-15")
    }

    @Test func restXML() async throws {
        let config = UpdateDistribution.Config(
            callerReference: "r", aliases: .init(quantity: 2, items: .init(cname: ["a.test", "b.test"])),
            comment: "<&\">", enabled: true)
        let request = try await request(
            UpdateDistribution(id: "E1", ifMatch: "etag", distributionConfig: config),
            "<Distribution><Id>E1</Id><DistributionConfig><CallerReference>r</CallerReference><Aliases><Quantity>0"
                + "</Quantity></Aliases><Comment/><Enabled>true</Enabled></DistributionConfig></Distribution>")
        #expect(request.method == "PUT")
        #expect(request.url == "http://endpoint.test/2020-05-31/distribution/E1/config?a%20b=c%2Fd")
        #expect(request.headers["If-Match"] == "etag")
        #expect(request.headers["Content-Type"] == "application/xml")
        #expect(
            request.bodyText == #"<?xml version="1.0" encoding="UTF-8"?><DistributionConfig "#
                + #"xmlns="http://cloudfront.amazonaws.com/doc/2020-05-31/"><CallerReference>r</CallerReference>"#
                + "<Aliases><Quantity>2</Quantity><Items><CNAME>a.test</CNAME><CNAME>b.test</CNAME></Items></Aliases>"
                + "<Comment>&lt;&amp;&quot;&gt;</Comment><Enabled>true</Enabled></DistributionConfig>")
    }

    @Test func restJSON() async throws {
        let request = try await request(
            PutGroup(id: "g%201", filterExpression: "x", tags: ["kEy": "v"]), #"{"GroupName":"g"}"#)
        #expect(request.method == "PUT")
        #expect(request.url == "http://endpoint.test/groups/g%201")
        #expect(request.headers["Content-Type"] == "application/json")
        #expect(request.bodyText == #"{"FilterExpression":"x","Tags":{"kEy":"v"}}"#)
    }

    @Test func everyRequestIsSignedForItsServiceAndRegion() async throws {
        let regional = try await request(DescribeVpcs(), "<R/>")
        #expect(
            regional.headers["Authorization"]?.contains("AKIDEXAMPLE/20231114/ap-northeast-1/ec2/aws4_request") == true)
        let unsigned = Harness(credentials: nil) { _, _ in HTTPResponse(200, "<R/>") }
        _ = try await unsigned.client.send(DescribeVpcs(), region: Harness.region)
        #expect(unsigned.transport.requests.first?.headers["Authorization"] == nil)
    }
}
