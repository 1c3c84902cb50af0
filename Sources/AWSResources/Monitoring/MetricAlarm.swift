import AWSCore
import AWSServices
public import Provisioning

/// Watches one metric or expression and tells topics and scaling policies when it passes a threshold.
public struct MetricAlarm: AWSResource {
    public var name: String
    /// What went wrong and where to look, for whoever is woken; 900 characters at most.
    public var purpose: String
    public var source: MetricSource
    public var periodSeconds: Int
    /// Periods in a row past the threshold.
    public var periods: Int
    public var comparison: Comparison
    public var threshold: Double
    public var missingData: MissingData
    /// ARNs: topics, scaling policies; five at most.
    public var alarmActions: [Input]
    /// ARNs told when all is well again.
    public var okActions: [Input]

    public init(
        name: String, purpose: String, source: MetricSource, periodSeconds: Int, periods: Int,
        comparison: Comparison = .greaterThan, threshold: Double, missingData: MissingData = .notBreaching,
        alarmActions: [Input], okActions: [Input]
    ) {
        self.name = name
        self.purpose = purpose
        self.source = source
        self.periodSeconds = periodSeconds
        self.periods = periods
        self.comparison = comparison
        self.threshold = threshold
        self.missingData = missingData
        self.alarmActions = alarmActions
        self.okActions = okActions
    }

    /// Of the metric with the threshold.
    public enum Comparison: String, Encodable, Sendable {
        case greaterThan = "GreaterThanThreshold"
        case greaterThanOrEqual = "GreaterThanOrEqualToThreshold"
        case lessThan = "LessThanThreshold"
    }

    /// What a period without data counts as.
    public enum MissingData: String, Encodable, Sendable {
        /// No traffic is no trouble.
        case notBreaching
        /// Silence is trouble.
        case breaching
        case missing
    }

    /// What `DescribeAlarms` says of it.
    public struct Observed: Sendable, Equatable {
        public var arn: String
        /// Setting to text, in the terms of `changes`; those that the answer does not report are absent.
        public var settings: [String: String]
        public var alarmActions: Set<String>
        public var okActions: Set<String>
    }

    public static let type = "cloudwatch:alarm"
    public static let explanation = """
        Watches a metric; costs about 0.10 USD a month, three times that with metric math over three metrics. Putting one \
        replaces all its settings, and tags are taken only when it is made, so its description carries a marker too.
        """
    public static let waiting = Waiting(deadline: .seconds(120))

    public func read(_ scope: Scope<AWSCloud>) async throws -> Observation<Observed>? {
        let prefix = scope.tags.stack + "-"
        let alarms = try await scope.shared("cloudwatch:DescribeAlarms") {
            [cloud = scope.cloud, region = scope.region] in
            try await cloud.client.all(
                CloudWatch.DescribeAlarms(alarmNamePrefix: prefix, maxRecords: 100), region: region, \.metricAlarms)
        }
        guard let found = alarms.first(where: { $0.alarmName == name }) else { return nil }
        return observation(
            Observed(found),
            owner: try await scope.owner(ofMarkedText: found.alarmDescription ?? "", arn: found.alarmArn))
    }

    public func create(_ scope: Scope<AWSCloud>) async throws -> Observation<Observed> {
        try await put(tags: .init(scope.tags.all), scope)
        return observation(
            Observed(
                arn: scope.arn("cloudwatch", "alarm:\(name)"), settings: try settings(scope.value),
                alarmActions: Set(try alarmActions.map(scope.value)), okActions: Set(try okActions.map(scope.value))),
            owner: .ours)
    }

    public func changes(from observed: Observed, _ values: Values) -> [Change] {
        var list = ChangeList()
        let text = { values.known($0) ?? Change.unknown }
        for (setting, desired) in settings(text).sorted(by: { $0.key < $1.key }) {
            // CloudWatch always reports the metric of an alarm; an emulator that loses an expression does not, and then
            // there is nothing to compare with.
            guard let seen = observed.settings[setting] else { continue }
            list.compare(setting, observed: seen, desired: desired)
        }
        list.compareMembers("alarmActions", observed: observed.alarmActions, desired: alarmActions, in: values)
        list.compareMembers("okActions", observed: observed.okActions, desired: okActions, in: values)
        return list.changes
    }

    public func update(
        _ observed: Observed, _ changes: [Change], _ scope: Scope<AWSCloud>
    ) async throws -> Observation<Observed>? {
        try await put(tags: nil, scope)
        return nil
    }

    public func delete(_ observed: Observed, _ scope: Scope<AWSCloud>) async throws {
        _ = try await scope.send(CloudWatch.DeleteAlarms(alarmNames: [name]))
    }

    public func permissions(at place: Place) -> [Permission] {
        [
            // Listing by prefix needs alarm:*, which is every alarm of the region.
            Permission(["cloudwatch:DescribeAlarms"], on: ["*"]),
            Permission(
                [
                    "cloudwatch:PutMetricAlarm", "cloudwatch:DeleteAlarms", "cloudwatch:TagResource",
                    "cloudwatch:ListTagsForResource",
                ], on: Self.writableAlarms(at: place)),
        ]
    }

    /// The stack's own alarms and those which Application Auto Scaling makes, under the caller's permissions, for the
    /// services of the stack's cluster.
    static func writableAlarms(at place: Place) -> Set<String> {
        [
            place.arn("cloudwatch", "alarm:\(place.stack)-*"),
            place.arn("cloudwatch", "alarm:TargetTracking-service/\(place.stack)/*"),
        ]
    }

    private func put(tags: [CloudWatch.Tag]?, _ scope: Scope<AWSCloud>) async throws {
        var operation = CloudWatch.PutMetricAlarm(
            alarmName: name, alarmDescription: "\(purpose) \(scope.tags.marker)", actionsEnabled: true,
            alarmActions: try alarmActions.map(scope.value), okActions: try okActions.map(scope.value),
            evaluationPeriods: periods, datapointsToAlarm: nil, threshold: threshold,
            comparisonOperator: comparison.rawValue, treatMissingData: missingData.rawValue, tags: tags)
        switch source {
        case .metric(let metric):
            operation.namespace = metric.namespace
            operation.metricName = metric.name
            operation.dimensions = try metric.resolvedDimensions(scope.value).map(CloudWatch.Dimension.init)
            operation.statistic = metric.isExtended ? nil : metric.statistic
            operation.extendedStatistic = metric.isExtended ? metric.statistic : nil
            operation.period = periodSeconds
        case .expression(let expression, of: let metrics):
            let queries = try metrics.sorted { $0.key < $1.key }.map { id, metric in
                CloudWatch.MetricDataQuery(
                    id: id, metricStat: try metric.stat(periodSeconds: periodSeconds, scope.value), returnData: false)
            }
            operation.metrics = queries + [.init(id: "result", expression: expression, returnData: true)]
        }
        _ = try await scope.send(operation)
    }

    private func settings(_ resolve: (Input) throws -> String) rethrows -> [String: String] {
        [
            "purpose": purpose, "metric": try source.summary(resolve), "period": "\(periodSeconds)",
            "evaluationPeriods": "\(periods)", "datapointsToAlarm": "\(periods)", "comparison": comparison.rawValue,
            "threshold": "\(threshold)", "missingData": missingData.rawValue, "actionsEnabled": "true",
        ]
    }

    private func observation(_ observed: Observed, owner: Owner) -> Observation<Observed> {
        Observation(observed, identity: observed.arn, outputs: ["arn": observed.arn], owner: owner)
    }
}

extension MetricAlarm.Observed {
    init(_ alarm: CloudWatch.MetricAlarm) {
        arn = alarm.alarmArn
        alarmActions = Set(alarm.alarmActions)
        okActions = Set(alarm.okActions)
        let periods = alarm.evaluationPeriods ?? 1
        let description = alarm.alarmDescription ?? ""
        settings = [
            "purpose": description.replacing(#/ \[tickctl stack=[^\s\]]+ id=[^\s\]]+\]$/#, with: ""),
            "evaluationPeriods": "\(periods)", "datapointsToAlarm": "\(alarm.datapointsToAlarm ?? periods)",
            "comparison": alarm.comparisonOperator ?? "", "threshold": "\(alarm.threshold ?? 0)",
            "missingData": alarm.treatMissingData ?? "missing", "actionsEnabled": "\(alarm.actionsEnabled ?? true)",
        ]
        if let expression = alarm.metrics.first(where: { $0.expression != nil })?.expression {
            let stats = alarm.metrics.compactMap { query in query.metricStat.map { (id: query.id, stat: $0) } }
            settings["metric"] = MetricSummary.expression(
                expression,
                stats.map { id, stat in
                    (
                        id: id,
                        summary: MetricSummary.metric(
                            stat.metric.namespace, stat.metric.metricName,
                            stat.metric.dimensions.map { ($0.name, $0.value) }, stat.stat)
                    )
                })
            settings["period"] = Set(stats.map(\.stat.period)).sorted().map(String.init).joined(separator: ", ")
        } else if let metricName = alarm.metricName {
            settings["metric"] = MetricSummary.metric(
                alarm.namespace, metricName, alarm.dimensions.map { ($0.name, $0.value) },
                alarm.extendedStatistic ?? alarm.statistic ?? "")
            settings["period"] = "\(alarm.period ?? 0)"
        }
    }
}

extension Placed<MetricAlarm> {
    public var arn: Input { output("arn") }
}
