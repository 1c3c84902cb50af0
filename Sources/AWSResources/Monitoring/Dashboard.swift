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

    /// What `GetDashboard` says of it.
    public struct Observed: Sendable, Equatable {
        public var arn: String
        /// Every value of every graph by its place, "widgets[Latency, seconds].width": "12".
        public var values: [String: String]
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
            Observed(arn: arn, values: Self.values(in: body)),
            owner: try await scope.owner(ofMarkedText: body, arn: arn))
    }

    public func create(_ scope: Scope<AWSCloud>) async throws -> Observation<Observed> {
        let body = try await put(tags: .init(scope.tags.all), scope)
        return observation(Observed(arn: arn(scope), values: Self.values(in: body)), owner: .ours)
    }

    public func changes(from observed: Observed, _ values: Values) -> [Change] {
        let text = { values.known($0) ?? Change.unknown }
        guard let body = try? DashboardBody(widgets, footer: "", region: region, text).json() else { return [] }
        let desired = Self.values(in: body)
        var list = ChangeList()
        for place in Set(desired.keys).union(observed.values.keys).sorted() {
            list.compare(place, observed: observed.values[place], desired: desired[place])
        }
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

    /// The values of the graphs in `body` by their places. A text is no graph: the footer is the owner's mark, and without
    /// it this is somebody else's dashboard.
    private static func values(in body: String) -> [String: String] {
        let document = try? JSONSerialization.jsonObject(with: Data(body.utf8)) as? [String: Any]
        var values: [String: String] = [:]
        for widget in document?["widgets"] as? [[String: Any]] ?? [] where widget["type"] as? String != "text" {
            let title = (widget["properties"] as? [String: Any])?["title"] as? String ?? ""
            add(widget, at: "widgets[\(title)]", to: &values)
        }
        return values
    }

    private static func add(_ value: Any, at place: String, to values: inout [String: String]) {
        if let members = value as? [String: Any] {
            for (name, member) in members { add(member, at: "\(place).\(name)", to: &values) }
        } else if let elements = value as? [Any] {
            for (index, element) in elements.enumerated() { add(element, at: "\(place)[\(index)]", to: &values) }
        } else {
            values[place] = "\(value)"
        }
    }
}
