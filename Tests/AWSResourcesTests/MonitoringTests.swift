import AWSServices
import Foundation
import Provisioning
import TestSupport
import Testing

@testable import AWSResources

@Suite struct MonitoringTests {
    static let slow = MetricAlarm(
        name: "ticket-public-p95", purpose: "Slow.",
        source: .metric(
            Metric("AWS/ApplicationELB", "TargetResponseTime", ["TargetGroup": "tg/1", "LoadBalancer": "app/1"], "p95")),
        periodSeconds: 60, periods: 2, threshold: 0.2, alarmActions: ["arn:policy", "arn:topic"],
        okActions: ["arn:topic"])
    static let failing = MetricAlarm(
        name: "ticket-alb-5xx", purpose: "Failing.",
        source: .expression(
            "100 * bad / all", of: ["bad": Metric("N", "B", [:], "Sum"), "all": Metric("N", "A", [:], "Sum")]),
        periodSeconds: 60, periods: 3, threshold: 2, alarmActions: ["arn:topic"], okActions: [])

    static func described(_ alarm: MetricAlarm, _ metric: String, id: String?, more: String = "") -> ScriptedCloud {
        let marker = id.map { " " + ScriptedCloud.tags($0).marker } ?? ""
        return ScriptedCloud([
            "DescribeAlarms": [
                .json(
                    """
                    {"CompositeAlarms":[],"MetricAlarms":[{"AlarmName":"\(alarm.name)","AlarmArn":"arn:\(alarm.name)",
                    "AlarmDescription":"\(alarm.purpose)\(marker)",\(metric),"EvaluationPeriods":\(alarm.periods),
                    "Threshold":\(alarm.threshold),"ComparisonOperator":"GreaterThanThreshold",
                    "TreatMissingData":"notBreaching","AlarmActions":["arn:topic"],"StateValue":"OK"\(more)}]}
                    """)
            ],
            "ListTagsForResource": [.json("{\"Tags\":\(ScriptedCloud.tagList("other", key: "Key", value: "Value"))}")],
            "PutMetricAlarm": [.json("{}")],
        ])
    }

    static let math = """
        "Metrics":[{"Id":"result","Expression":"100 * bad / all","ReturnData":true},
        {"Id":"all","ReturnData":false,"MetricStat":{"Period":60,"Stat":"Sum","Metric":{"Namespace":"N","MetricName":"A"}}},
        {"Id":"bad","ReturnData":false,"MetricStat":{"Period":60,"Stat":"Sum","Metric":{"Namespace":"N","MetricName":"B",
        "Dimensions":[]}}}]
        """

    @Test func anAlarmWithItsMarkerIsOursWithoutAskingForTags() async throws {
        let cloud = Self.described(Self.failing, Self.math, id: "alarm-alb-5xx")
        let found = try #require(try await Self.failing.read(cloud.scope("alarm-alb-5xx")))
        #expect(found.owner == .ours)
        #expect(Self.failing.changes(from: found.settings, Values()) == [])
        #expect(cloud.actions == ["DescribeAlarms"])
        let other = try #require(try await Self.failing.read(cloud.scope("alarm-other")))
        #expect(other.owner != .ours)
    }

    @Test func anAlarmWithoutAMarkerIsJudgedByItsTags() async throws {
        let cloud = Self.described(Self.failing, Self.math, id: nil)
        let found = try #require(try await Self.failing.read(cloud.scope("alarm-alb-5xx")))
        #expect(found.owner == .foreign(reason: "its tag tickctl:id is \"other\", not \"alarm-alb-5xx\""))
        #expect(cloud.actions == ["DescribeAlarms", "ListTagsForResource"])
    }

    @Test func anExpressionThatIsNotReportedIsNoChangeAndAnotherOneIs() async throws {
        let silent = Self.described(Self.failing, "\"Period\":60", id: "alarm-alb-5xx")
        let found = try #require(try await Self.failing.read(silent.scope("alarm-alb-5xx")))
        #expect(Self.failing.changes(from: found.settings, Values()) == [])
        let other = Self.described(
            Self.failing, Self.math.replacing("100 * bad", with: "bad"), id: "alarm-alb-5xx",
            more: ",\"DatapointsToAlarm\":1,\"ActionsEnabled\":false")
        let changed = try #require(try await Self.failing.read(other.scope("alarm-alb-5xx")))
        let changes = Self.failing.changes(from: changed.settings, Values())
        #expect(changes.map(\.setting) == ["actionsEnabled", "datapointsToAlarm", "metric"])
        #expect(changes.first == Change("actionsEnabled", from: "false", to: "true"))
    }

    @Test func aPercentileIsAnExtendedStatistic() async throws {
        let cloud = Self.described(
            Self.slow,
            """
            "Namespace":"AWS/ApplicationELB","MetricName":"TargetResponseTime","ExtendedStatistic":"p95","Period":60,
            "Dimensions":[{"Name":"TargetGroup","Value":"tg/1"},{"Name":"LoadBalancer","Value":"app/1"}]
            """, id: "alarm-public-p95")
        let scope = cloud.scope("alarm-public-p95")
        let observed = try #require(try await Self.slow.read(scope)).settings
        #expect(
            Self.slow.changes(from: observed, Values()) == [
                Change("alarmActions[arn:policy]", from: nil, to: "present"),
                Change("okActions[arn:topic]", from: nil, to: "present"),
            ])
        _ = try await Self.slow.update(observed, [], scope)
        let body = try #require(cloud.body(of: "PutMetricAlarm"))
        #expect(body["ExtendedStatistic"] as? String == "p95" && body["Statistic"] == nil && body["Metrics"] == nil)
        #expect(body["OKActions"] as? [String] == ["arn:topic"])
        #expect(body["Tags"] == nil, "CloudWatch takes tags only when the alarm is made")
        _ = try await Self.slow.create(scope)
        #expect((cloud.body(of: "PutMetricAlarm")?["Tags"] as? [Any])?.count == 4)
    }

    static let dashboard = Dashboard(
        name: "ticket-r", region: "r",
        widgets: [
            Widget(
                "Rate", [.init("public", .expression("m / PERIOD(m)", of: ["m": Metric("N", "M", ["D": "v"], "Sum")]))]),
            Widget("Age", [.init("age", .metric(Metric("N", "A", [:], "Maximum")))]),
        ])

    @Test func aDashboardComparesByItsMeaningAndIsOursByItsFooter() async throws {
        let writer = ScriptedCloud(["PutDashboard": [.json("{\"DashboardValidationMessages\":[]}")]])
        let made = try await Self.dashboard.create(writer.scope("dashboard"))
        #expect(Self.dashboard.changes(from: made.settings, Values()) == [])
        let body = try #require(writer.body(of: "PutDashboard")?["DashboardBody"] as? String)
        let document = try #require(try JSONSerialization.jsonObject(with: Data(body.utf8)) as? [String: Any])
        let pretty = try JSONSerialization.data(withJSONObject: document, options: .prettyPrinted)

        func read(_ body: String) async throws -> Observation<Dashboard.Observed> {
            let answer = try JSONSerialization.data(withJSONObject: ["DashboardArn": "arn:d", "DashboardBody": body])
            let cloud = ScriptedCloud([
                "GetDashboard": [.json(String(decoding: answer, as: UTF8.self))],
                "ListTagsForResource": [.refusal("ResourceNotFound")],
            ])
            return try #require(try await Self.dashboard.read(cloud.scope("dashboard")))
        }
        for spelling in [body, String(decoding: pretty, as: UTF8.self)] {
            let same = try await read(spelling)
            #expect(same.owner == .ours)
            #expect(Self.dashboard.changes(from: same.settings, Values()) == [])
        }
        let edited = try await read(body.replacing("\"stat\":\"Maximum\"", with: "\"stat\":\"Average\""))
        #expect(
            Self.dashboard.changes(from: edited.settings, Values())
                == [Change("widgets[Age].properties.metrics[0][2].stat", from: "Average", to: "Maximum")])
        #expect(try await read("{\"widgets\":[]}").owner == .foreign(reason: "it has no tickctl:stack tag"))
    }

    static let topic = SNSTopic(name: "ticket-alarms", emails: ["a@example.com", "b@example.com"])
    static let topicARN = "arn:aws:sns:ap-northeast-1:123456789012:ticket-alarms"

    /// A topic whose policy is spelt as SNS might, with the given subscriptions.
    static func topics(_ subscriptions: [(address: String, arn: String)]) -> ScriptedCloud {
        let policy = """
            {"Statement": [{"Resource": "\(topicARN)", "Sid": "Alarms", "Effect": "Allow", "Action": "sns:Publish",
            "Principal": {"Service": "cloudwatch.amazonaws.com"},
            "Condition": {"StringEquals": {"aws:SourceAccount": "123456789012"}}}], "Version": "2012-10-17"}
            """
        let members = subscriptions.map {
            "<member><SubscriptionArn>\($1)</SubscriptionArn><Protocol>email</Protocol><Endpoint>\($0)</Endpoint></member>"
        }
        let tags = ScriptedCloud.tags("topic-alarms").all.map {
            "<member><Key>\($0)</Key><Value>\($1)</Value></member>"
        }
        func entry(_ key: String, _ value: String) -> String {
            "<entry><key>\(key)</key><value>\(value)</value></entry>"
        }
        return ScriptedCloud([
            "GetTopicAttributes": [
                LoadBalancingTests.result(
                    "GetTopicAttributes",
                    "<Attributes>\(entry("Policy", policy))\(entry("SubscriptionsPending", "0"))"
                        + "\(entry("SubscriptionsConfirmed", "\(subscriptions.count)"))</Attributes>")
            ],
            "ListTagsForResource": [LoadBalancingTests.result("ListTagsForResource", "<Tags>\(tags.joined())</Tags>")],
            "ListSubscriptionsByTopic": [
                LoadBalancingTests.result(
                    "ListSubscriptionsByTopic", "<Subscriptions>\(members.joined())</Subscriptions>")
            ],
            "Subscribe": [LoadBalancingTests.result("Subscribe", "")],
            "Unsubscribe": [LoadBalancingTests.result("Unsubscribe", "")],
        ])
    }

    @Test func pendingAddressesAreNoChangeAndLeftOnesAreUnsubscribed() async throws {
        let cloud = Self.topics([
            ("a@example.com", "\(Self.topicARN):1"), ("b@example.com", "PendingConfirmation"),
            ("left@example.com", "\(Self.topicARN):2"), ("gone@example.com", "PendingConfirmation"),
        ])
        let scope = cloud.scope("topic-alarms")
        let found = try #require(try await Self.topic.read(scope))
        #expect(found.owner == .ours)
        let changes = Self.topic.changes(from: found.settings, Values())
        #expect(changes == [Change("emails[left@example.com]", from: "present", to: nil)])
        _ = try await Self.topic.update(found.settings, changes, scope)
        let last = try #require(cloud.transport.requests.last).bodyText
        #expect(last.contains("Action=Unsubscribe") && last.hasSuffix("ticket-alarms%3A2"))
        #expect(!cloud.actions.contains("Subscribe") && cloud.actions.filter { $0 == "Unsubscribe" }.count == 1)
    }

    @Test func aTopicWithoutSubscriptionsIsReadInTwoCalls() async throws {
        let cloud = Self.topics([])
        let topic = SNSTopic(name: "ticket-alarms", emails: [])
        let found = try #require(try await topic.read(cloud.scope("topic-alarms")))
        #expect(topic.changes(from: found.settings, Values()) == [])
        #expect(cloud.actions.sorted() == ["GetTopicAttributes", "ListTagsForResource"])
    }

    @Test func `the queries of two expressions with the same ids go into one call`() {
        let values = Values([NodeID(region: "r", name: "alb"): ["arnSuffix": "app/a/1"]])
        let balancer = Input.output(OutputReference(node: NodeID(region: "r", name: "alb"), output: "arnSuffix"))
        let requests = Metric("AWS/ApplicationELB", "RequestCount", ["LoadBalancer": balancer], "Sum")
        let rate = MetricSource.expression("public / PERIOD(public) + publicly", of: ["public": requests])
        let queries = (1...2).flatMap { number in
            rate.queries(id: "line\(number)", periodSeconds: 60) { values.known($0) ?? "unknown" }
        }
        #expect(queries.map(\.id) == ["line1_public", "line1", "line2_public", "line2"])
        #expect(queries.map(\.returnData) == [false, true, false, true])
        #expect(queries[3].expression == "line2_public / PERIOD(line2_public) + publicly")
        #expect(
            queries[2].metricStat
                == .init(
                    metric: .init(
                        namespace: "AWS/ApplicationELB", metricName: "RequestCount",
                        dimensions: [.init(name: "LoadBalancer", value: "app/a/1")]), period: 60, stat: "Sum"))
        let single = MetricSource.metric(requests).queries(id: "line3", periodSeconds: 60) { _ in "x" }
        #expect(single.map(\.id) == ["line3"] && single[0].returnData == true && single[0].expression == nil)
    }
}
