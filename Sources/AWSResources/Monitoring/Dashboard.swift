import AWSServices
import Foundation
public import Provisioning

/// A page of graphs in CloudWatch's console.
public struct Dashboard: AWSResource {
    /// Unique in the account, not in the region: dashboards are global.
    public var name: String
    /// Whose metrics the graphs show.
    public var region: String
    public var widgets: [Widget]

    public init(name: String, region: String, widgets: [Widget]) {
        self.name = name
        self.region = region
        self.widgets = widgets
    }

    public struct Observed: Sendable, Equatable {
        public var arn: String
        /// Title to canonical JSON; a text widget's title is "text".
        public var widgets: [String: String]
    }

    public static let type = "cloudwatch:dashboard"
    public static let explanation = """
        Graphs of a region on one page: requests, latency, tasks, queue, Redis, Aurora. Three are free, then 3 USD a \
        month each. Its name is unique in the account; a text at its foot says whose it is.
        """
    public static let waiting = Waiting(deadline: .seconds(120))

    public func read(_ scope: Scope<AWSCloud>) async throws -> Observation<Observed>? {
        let found = try await scope.send(CloudWatch.GetDashboard(dashboardName: name))
        guard let body = found.dashboardBody else { return nil }
        let arn = found.dashboardArn ?? arn(scope)
        return observation(
            Observed(arn: arn, widgets: Self.widgets(in: body)),
            owner: try await scope.owner(ofMarkedText: body, arn: arn))
    }

    public func create(_ scope: Scope<AWSCloud>) async throws -> Observation<Observed> {
        let body = try await put(tags: .init(scope.tags.all), scope)
        return observation(Observed(arn: arn(scope), widgets: Self.widgets(in: body)), owner: .ours)
    }

    public func changes(from observed: Observed, _ values: Values) -> [Change] {
        let text = { values.known($0) ?? Change.unknown }
        // The footer is the owner's mark, not a setting: without it this is somebody else's dashboard.
        guard let body = try? DashboardBody(widgets, footer: "", region: region, text).json() else { return [] }
        var desired = Self.widgets(in: body)
        desired[Self.textTitle] = nil
        var list = ChangeList()
        list.compare("widgets", observed: observed.widgets.filter { $0.key != Self.textTitle }, desired: desired)
        return list.changes
    }

    public func update(
        _ observed: Observed, _ changes: [Change], _ scope: Scope<AWSCloud>
    ) async throws -> Observation<Observed>? {
        _ = try await put(tags: nil, scope)
        return nil
    }

    public func delete(_ observed: Observed, _ scope: Scope<AWSCloud>) async throws {
        _ = try await scope.send(CloudWatch.DeleteDashboards(dashboardNames: [name]))
    }

    public func permissions(at place: Place) -> [Permission] {
        [
            Permission(
                [
                    "cloudwatch:GetDashboard", "cloudwatch:PutDashboard", "cloudwatch:DeleteDashboards",
                    "cloudwatch:TagResource", "cloudwatch:ListTagsForResource",
                ], on: [place.arn("cloudwatch", "dashboard/\(place.stack)-*", global: true)])
        ]
    }

    private static let textTitle = "text"

    private func put(tags: [CloudWatch.Tag]?, _ scope: Scope<AWSCloud>) async throws -> String {
        let footer = "Made by tickctl, which puts back what is changed by hand. \(scope.tags.marker)"
        let body = try DashboardBody(widgets, footer: footer, region: region, scope.value).json()
        _ = try await scope.send(CloudWatch.PutDashboard(dashboardName: name, dashboardBody: body, tags: tags))
        return body
    }

    private func arn(_ scope: Scope<AWSCloud>) -> String {
        "arn:\(scope.cloud.partition):cloudwatch::\(scope.cloud.account):dashboard/\(name)"
    }

    private func observation(_ observed: Observed, owner: Owner) -> Observation<Observed> {
        Observation(observed, identity: observed.arn, outputs: ["arn": observed.arn], owner: owner)
    }

    /// The widgets of `body` by title, each as canonical JSON.
    private static func widgets(in body: String) -> [String: String] {
        let document = try? JSONSerialization.jsonObject(with: Data(body.utf8)) as? [String: Any]
        var widgets: [String: String] = [:]
        for widget in document?["widgets"] as? [[String: Any]] ?? [] {
            let title = (widget["properties"] as? [String: Any])?["title"] as? String ?? textTitle
            let options: JSONSerialization.WritingOptions = [.sortedKeys, .withoutEscapingSlashes]
            guard let data = try? JSONSerialization.data(withJSONObject: widget, options: options) else { continue }
            widgets[title] = String(decoding: data, as: UTF8.self)
        }
        return widgets
    }
}
