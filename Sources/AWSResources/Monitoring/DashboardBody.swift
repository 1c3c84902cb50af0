import Foundation
import Provisioning

/// One graph of a dashboard.
public struct Widget: Encodable, Sendable {
    /// Unique in its dashboard.
    public var title: String
    public var lines: [Line]
    public var isStacked: Bool

    public init(_ title: String, isStacked: Bool = false, _ lines: [Line]) {
        self.title = title
        self.isStacked = isStacked
        self.lines = lines
    }

    /// One line of a graph. The ids of its expression's metrics are unique in the widget.
    public struct Line: Encodable, Sendable {
        public var label: String
        public var source: MetricSource

        public init(_ label: String, _ source: MetricSource) {
            self.label = label
            self.source = source
        }
    }
}

/// The JSON of a dashboard
/// (https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CloudWatch-Dashboard-Body-Structure.html).
struct DashboardBody: Encodable {
    var widgets: [Item]

    struct Item: Encodable {
        var type: String
        var x: Int
        var y: Int
        var width: Int
        var height: Int
        var properties: Properties
    }

    struct Properties: Encodable {
        var markdown: String?
        var title: String?
        var region: String?
        var view: String?
        var stacked: Bool?
        var period: Int?
        var metrics: [[Part]]?
    }

    /// A row of `metrics` is texts (namespace, name, dimensions) and, last, an object.
    enum Part: Encodable {
        case text(String)
        case options(Options)

        func encode(to encoder: any Encoder) throws {
            var container = encoder.singleValueContainer()
            switch self {
            case .text(let text): try container.encode(text)
            case .options(let options): try container.encode(options)
            }
        }
    }

    struct Options: Encodable {
        var id: String?
        var label: String?
        var stat: String?
        var visible: Bool?
        var expression: String?
    }

    private static let columns = 2
    private static let width = 12
    private static let height = 6
    private static let periodSeconds = 60

    /// Widgets in two columns, and `footer` as text below them.
    init(
        _ widgets: [Widget], footer: String, region: String, _ resolve: (Input) throws -> String
    ) rethrows {
        self.widgets = try widgets.enumerated().map { index, widget in
            Item(
                type: "metric", x: index % Self.columns * Self.width, y: index / Self.columns * Self.height,
                width: Self.width, height: Self.height,
                properties: Properties(
                    title: widget.title, region: region, view: "timeSeries", stacked: widget.isStacked,
                    period: Self.periodSeconds,
                    metrics: try widget.lines.enumerated().flatMap { try Self.rows($1, index: $0, resolve) }))
        }
        let rows = (widgets.count + Self.columns - 1) / Self.columns
        self.widgets.append(
            Item(
                type: "text", x: 0, y: rows * Self.height, width: Self.columns * Self.width, height: 1,
                properties: Properties(markdown: footer)))
    }

    /// A line's rows: its metrics, hidden when it is an expression, and then the expression.
    private static func rows(
        _ line: Widget.Line, index: Int, _ resolve: (Input) throws -> String
    ) rethrows -> [[Part]] {
        switch line.source {
        case .metric(let metric):
            return [try row(metric, Options(label: line.label, stat: metric.statistic), resolve)]
        case .expression(let expression, of: let metrics):
            let hidden = try metrics.sorted { $0.key < $1.key }.map { id, metric in
                try row(metric, Options(id: id, stat: metric.statistic, visible: false), resolve)
            }
            return hidden + [[.options(Options(id: "line\(index)", label: line.label, expression: expression))]]
        }
    }

    private static func row(
        _ metric: Metric, _ options: Options, _ resolve: (Input) throws -> String
    ) rethrows -> [Part] {
        let dimensions = try metric.resolvedDimensions(resolve).flatMap { [Part.text($0.name), .text($0.value)] }
        return [.text(metric.namespace), .text(metric.name)] + dimensions + [.options(options)]
    }

    func json() throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(self), as: UTF8.self)
    }
}
