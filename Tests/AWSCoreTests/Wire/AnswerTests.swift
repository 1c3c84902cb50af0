import CurlTransport
import Foundation
import TestSupport
import Testing

@testable import AWSCore

/// What each protocol's answers decode to.
@Suite struct AnswerTests {
    private func decode<Operation: AWSOperation>(
        _ operation: Operation.Type, _ body: String, headers: HTTPHeaders = [:], rest: AWSRESTRequest? = nil
    ) throws -> Operation.Output {
        try AWSAnswer(operation, rest: rest ?? AWSRESTRequest(method: "GET", path: "/")).decode(
            HTTPResponse(200, body, headers: headers))
    }

    @Test func json() throws {
        let output = try decode(
            PutThing.self,
            #"{"TableName":"t","count":2,"Big":9007199254740993,"Ratio":1,"IsOn":true,"#
                + #""Tags":[{"Key":"k","Value":"v"}],"Labels":{"Name":"1","name":"2"},"Since":1.7E9,"Blob":"AP8=","#
                + #""ARN":"a","DBName":"d","Unknown":[{}]}"#
        )
        #expect(
            output
                == PutThing.Output(
                    tableName: "t", count: 2, big: 9_007_199_254_740_993, ratio: 1, isOn: true,
                    tags: [Tag(key: "k", value: "v")], labels: ["Name": "1", "name": "2"],
                    since: Date(timeIntervalSince1970: 1_700_000_000), blob: Data([0, 255]), arn: "a", dbName: "d"))
    }

    @Test(arguments: ["", "{}", #"{"Tags":null,"Labels":null,"Count":null}"#])
    func whatIsMissingIsNilOrEmpty(body: String) throws {
        #expect(try decode(PutThing.self, body) == PutThing.Output(tags: [], labels: [:]))
    }

    @Test(arguments: [
        #"{"Count":"2"}"#, #"{"Count":2.5}"#, #"{"TableName":1}"#, #"{"Tags":[{"Key":"k"}]}"#, "[", "<a/>",
    ])
    func aWrongTypeIsAnError(body: String) {
        #expect(throws: (any Error).self) { try decode(PutThing.self, body) }
    }

    @Test func query() throws {
        let output = try decode(
            CreateGroup.self,
            """
            <?xml version="1.0"?>
            <CreateGroupResponse xmlns="http://rds.amazonaws.com/doc/2014-10-31/">
              <CreateGroupResult>
                <DBSubnetGroup>
                  <DBSubnetGroupName>a &amp; b</DBSubnetGroupName>
                  <Subnets>
                    <Subnet><SubnetIdentifier>s-1</SubnetIdentifier></Subnet>
                    <Subnet><SubnetIdentifier><![CDATA[s-2]]></SubnetIdentifier></Subnet>
                  </Subnets>
                  <Parameters><entry><key>Raw</key><value>1</value></entry><entry><key>raw</key><value>2</value></entry>
                  </Parameters>
                  <MultiAZ> true </MultiAZ>
                  <Created>2023-11-14T22:13:20.500Z</Created>
                </DBSubnetGroup>
              </CreateGroupResult>
              <ResponseMetadata><RequestId>r</RequestId></ResponseMetadata>
            </CreateGroupResponse>
            """)
        let group = try #require(output.dbSubnetGroup)
        #expect(group.dbSubnetGroupName == "a & b")
        #expect(group.vpcId == nil)
        #expect(group.subnets.map(\.subnetIdentifier) == ["s-1", "s-2"])
        #expect(group.parameters == ["Raw": "1", "raw": "2"])
        #expect(group.isMultiAZ == true)
        #expect(group.created == Date(timeIntervalSince1970: 1_700_000_000.5))
    }

    @Test func anEmptyQueryAnswerIsEmpty() throws {
        #expect(
            try decode(CreateGroup.self, "<X><CreateGroupResult><DBSubnetGroup/></CreateGroupResult></X>")
                == CreateGroup.Output())
    }

    @Test(arguments: ["<vpcSet/>", "", "<vpcSet>\n</vpcSet>"])
    func ec2ListsMayBeEmpty(list: String) throws {
        #expect(try decode(DescribeVpcs.self, "<R>\(list)</R>") == DescribeVpcs.Output(vpcSet: []))
    }

    @Test func ec2() throws {
        let output = try decode(
            DescribeVpcs.self,
            "<DescribeVpcsResponse xmlns=\"http://ec2.amazonaws.com/doc/2016-11-15/\"><requestId>r</requestId><vpcSet>"
                + "<item><vpcId>vpc-1</vpcId><isDefault>false</isDefault><tagSet><item><key>a</key>"
                + "<value/></item></tagSet></item></vpcSet><nextToken>n</nextToken></DescribeVpcsResponse>")
        #expect(
            output
                == DescribeVpcs.Output(
                    vpcSet: [.init(vpcId: "vpc-1", isDefault: false, tagSet: [Tag(key: "a", value: "")])],
                    nextToken: "n"))
    }

    @Test(arguments: [0, 1, 2])
    func restXMLListsAreRepeatedElements(count: Int) throws {
        let names = (0..<count).map { "n\($0)" }
        let items = count == 0 ? "" : "<Items>\(names.map { "<CNAME>\($0)</CNAME>" }.joined())</Items>"
        let body =
            "<Distribution xmlns=\"urn:x\"><Id>E</Id><DistributionConfig><CallerReference>r</CallerReference><Aliases>"
            + "<Quantity>\(count)</Quantity>\(items)</Aliases><Comment></Comment><Enabled>true</Enabled>"
            + "</DistributionConfig></Distribution>"
        let output = try decode(
            UpdateDistribution.self, body, headers: ["etag": "E-TAG"],
            rest: AWSRESTRequest(method: "PUT", path: "/", outputHeaders: ["ETag": "eTag"]))
        #expect(output.eTag == "E-TAG")
        #expect(output.distributionConfig.comment == "")
        #expect(output.distributionConfig.aliases.items?.cname ?? [] == names)
    }

    @Test func restJSONTakesHeaders() throws {
        let output = try decode(
            PutGroup.self, #"{"groupName":"g"}"#, headers: ["LOCATION": "here"],
            rest: AWSRESTRequest(method: "PUT", path: "/", outputHeaders: ["Location": "location"]))
        #expect(output == PutGroup.Output(groupName: "g", location: "here"))
    }

    @Test func xmlThatIsNotWellFormedIsAnError() {
        #expect(throws: DecodingError.self) { try decode(DescribeVpcs.self, "<R><vpcSet></R>") }
    }

    @Test func entitiesAreNotFetchedAndDoNotExplode() throws {
        let bomb =
            "<!DOCTYPE x [<!ENTITY a \"aaaaaaaaaa\"><!ENTITY b \"&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;\">"
            + "<!ENTITY c \"&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;\"><!ENTITY d \"&c;&c;&c;&c;&c;&c;&c;&c;&c;&c;\">"
            + "<!ENTITY e \"&d;&d;&d;&d;&d;&d;&d;&d;&d;&d;\"><!ENTITY f SYSTEM \"file:///etc/passwd\">]>"
            + "<R><nextToken>&e;&e;&e;&e;&f;</nextToken></R>"
        let token = (try? decode(DescribeVpcs.self, bomb))?.nextToken ?? ""
        #expect(token.utf8.count < 1_000_000)
        #expect(!token.contains("root:"))
    }

    @Test func anAnswerThatDoesNotDecodeNamesTheMemberAndTheRequest() async throws {
        let harness = Harness { _, _ in
            HTTPResponse(200, #"{"Tags":[{"Key":"k"}]}"#, headers: ["x-amzn-RequestId": "r-1"])
        }
        let error = await #expect(throws: AWSError.self) {
            try await harness.client.send(PutThing(tableName: "t"), region: Harness.region)
        }
        guard case .malformedAnswer = error?.cause else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(error?.requestID == "r-1")
        #expect(error?.message.contains("value") == true)
    }
}
