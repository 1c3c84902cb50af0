import Foundation
import Testing

@testable import Delivery

struct TrustPolicyTests {
    private static let context = [
        "aws:sourceaccount": "123456789012",
        "aws:sourcearn": "arn:aws:ecs:ap-northeast-1:123456789012:task/ticket/0123456789abcdef",
    ]

    private static func allows(_ document: String) -> Bool {
        TrustPolicy(percentEncoded: document.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? "")
            .allows(service: "ecs-tasks.amazonaws.com", context: context)
    }

    private static func statement(
        _ effect: String = "Allow", principal: String = #"{"Service": "ecs-tasks.amazonaws.com"}"#,
        action: String = #""sts:AssumeRole""#,
        where condition: String? = nil
    ) -> String {
        let condition = condition.map { #", "Condition": \#($0)"# } ?? ""
        return #"{"Effect": "\#(effect)", "Principal": \#(principal), "Action": \#(action)\#(condition)}"#
    }

    private static func document(_ statements: String...) -> String {
        #"{"Version": "2012-10-17", "Statement": [\#(statements.joined(separator: ", "))]}"#
    }

    @Test(
        "who is named, for what and under which conditions decides",
        arguments: [
            (statement(), true),
            (statement(principal: #"{"Service": ["ec2.amazonaws.com", "ecs-tasks.amazonaws.com"]}"#), true),
            (statement(principal: #"{"Service": "ec2.amazonaws.com"}"#), false),
            (statement(principal: #"{"AWS": "arn:aws:iam::123456789012:root"}"#), false),
            (statement(principal: #""*""#), true),
            (statement(principal: #"{"AWS": "*"}"#), true),
            (statement(action: #"["sts:TagSession", "sts:Assume*"]"#), true),
            (statement(action: #""STS:ASSUMEROLE""#), true),
            (statement(action: #""sts:AssumeRoleWithWebIdentity""#), false),
            (statement(where: #"{"StringEquals": {"aws:SourceAccount": ["1", "123456789012"]}}"#), true),
            (statement(where: #"{"StringEquals": {"AWS:SOURCEACCOUNT": "123456789012"}}"#), true),
            (statement(where: #"{"StringEquals": {"aws:SourceAccount": "999999999999"}}"#), false),
            (statement(where: #"{"ArnLike": {"aws:SourceArn": "arn:aws:ecs:*:123456789012:*"}}"#), true),
            (
                statement(
                    where: #"{"ArnEquals": {"aws:SourceArn": "arn:aws:ecs:ap-northeast-?:123456789012:task/*/*"}}"#),
                true
            ),
            (statement(where: #"{"ArnLike": {"aws:SourceArn": "arn:aws:ecs:ap-northeast-2:123456789012:*"}}"#), false),
            // "*" is a pattern of StringLike alone.
            (statement(where: #"{"StringEquals": {"aws:SourceAccount": "*"}}"#), false),
            // Both must be met.
            (
                statement(
                    where:
                        #"{"StringLike": {"aws:SourceAccount": "1234*"}, "StringEquals": {"aws:SourceAccount": "1"}}"#),
                false
            ),
            // What is not understood grants nothing.
            (statement(where: #"{"StringNotEquals": {"aws:SourceAccount": "1"}}"#), false),
            (statement(where: #"{"StringEquals": {"aws:PrincipalOrgID": "o-1"}}"#), false),
            (statement(where: #"["StringEquals"]"#), false),
            (#"{"Effect": "Allow", "NotPrincipal": {"Service": "ec2.amazonaws.com"}, "Action": "*"}"#, false),
        ])
    func decides(_ statement: String, _ isAllowed: Bool) {
        #expect(Self.allows(Self.document(statement)) == isAllowed, "\(statement)")
    }

    @Test(
        "a Deny wins wherever it stands, also one that is not understood",
        arguments: [
            (statement("Deny"), false),
            (statement("Deny", where: #"{"StringEquals": {"aws:SourceAccount": "123456789012"}}"#), false),
            (statement("Deny", where: #"{"StringEquals": {"aws:SourceAccount": "999999999999"}}"#), true),
            (statement("Deny", where: #"{"Bool": {"aws:SecureTransport": "false"}}"#), false),
            (statement("Deny", principal: #"{"Service": "ec2.amazonaws.com"}"#), true),
            (statement("Deny", action: #""sts:TagSession""#), true),
            (#"{"Effect": "Deny", "NotPrincipal": {"Service": "ecs-tasks.amazonaws.com"}, "Action": "*"}"#, false),
            (#"{"Effect": "Deny", "Principal": "*", "NotAction": "sts:AssumeRole"}"#, false),
        ])
    func denies(_ statement: String, _ isAllowed: Bool) {
        #expect(Self.allows(Self.document(Self.statement(), statement)) == isAllowed, "\(statement)")
        #expect(Self.allows(Self.document(statement, Self.statement())) == isAllowed, "\(statement)")
    }

    @Test("one statement need not be in a list, and what is no policy trusts nobody")
    func shapes() {
        #expect(Self.allows(#"{"Statement": \#(Self.statement())}"#))
        for text in ["", "%", "null", "[]", "{", #"{"Statement": 1}"#, #"{"Statement": [[{}], null, "Allow"]}"#] {
            #expect(!Self.allows(text), "\(text)")
        }
        // Not encoded, as an emulator may answer it.
        #expect(
            TrustPolicy(percentEncoded: Self.document(Self.statement()))
                .allows(service: "ecs-tasks.amazonaws.com", context: [:]))
    }

    @Test("a pattern with many stars is decided at once", .timeLimit(.minutes(1)))
    func stars() {
        let pattern = String(repeating: "*a", count: 2_000) + "b"
        #expect(
            !Self.allows(Self.document(Self.statement(where: #"{"StringLike": {"aws:SourceArn": "\#(pattern)"}}"#))))
    }
}
