internal import Foundation

/// A line chart as SVG, drawn here so that a page needs no script.
struct Chart {
    struct Line {
        /// In the legend, unless it is empty.
        var name: String
        /// A class of the page's style sheet.
        var style: String
        var points: [(x: Double, y: Double)]
    }

    /// A mark on an axis.
    struct Tick {
        var value: Double
        var text: String
    }

    /// An instant, drawn through the chart's height and named at its top.
    struct Mark {
        var x: Double
        var name: String
        var title: String
    }

    private static let (width, height) = (760.0, 240.0)
    private static let (left, right, top, bottom) = (64.0, 12.0, 12.0, 30.0)

    var title: String
    var lines: [Line]
    var xTicks: [Tick]
    var yUnit: String
    /// Those outside of the ticks and lines are not drawn.
    var marks: [Mark] = []

    private var xRange: ClosedRange<Double> {
        let values = lines.flatMap { $0.points.map(\.x) } + xTicks.map(\.value)
        return Self.range(values.min() ?? 0, values.max() ?? 1)
    }

    private var yTop: Double { Self.niceTop(lines.flatMap { $0.points.map(\.y) }.max() ?? 1) }

    private static func range(_ low: Double, _ high: Double) -> ClosedRange<Double> { low...max(high, low + 1e-9) }

    /// The least of 1, 2, 5 times a power of ten that is not below `value`.
    static func niceTop(_ value: Double) -> Double {
        guard value > 0, value.isFinite else { return 1 }
        let power = pow(10, floor(log10(value)))
        return [1.0, 2, 5, 10].map { $0 * power }.first { $0 >= value } ?? 10 * power
    }

    var svg: String {
        let (xs, top) = (xRange, yTop)
        func x(_ value: Double) -> Double {
            Self.left + (value - xs.lowerBound) / (xs.upperBound - xs.lowerBound)
                * (Self.width - Self.left - Self.right)
        }
        func y(_ value: Double) -> Double {
            Self.height - Self.bottom - min(value, top) / top * (Self.height - Self.top - Self.bottom)
        }
        var parts = [
            #"<figure><figcaption>\#(HTML.text(title))\#(legend)</figcaption>"#,
            #"<svg viewBox="0 0 \#(Int(Self.width)) \#(Int(Self.height))" role="img" aria-label="\#(HTML.text(title))">"#,
        ]
        for step in 0...4 {
            let value = top * Double(step) / 4
            let height = Self.decimal(y(value))
            parts.append(
                #"<line class="grid" x1="\#(Int(Self.left))" x2="\#(Int(Self.width - Self.right))" y1="\#(height)" y2="\#(height)"/>"#
                    + #"<text class="y" x="\#(Int(Self.left) - 6)" y="\#(height)">\#(ReportText.number(value))\#(step == 4 ? " " + yUnit : "")</text>"#
            )
        }
        for tick in xTicks {
            parts.append(
                #"<text class="x" x="\#(Self.decimal(x(tick.value)))" y="\#(Int(Self.height) - 8)">\#(HTML.text(tick.text))</text>"#
            )
        }
        for mark in marks where xs.contains(mark.x) {
            let place = Self.decimal(x(mark.x))
            parts.append(
                #"<g class="mark"><title>\#(HTML.text(mark.title))</title>"#
                    + #"<line x1="\#(place)" x2="\#(place)" y1="\#(Int(Self.top))" y2="\#(Int(Self.height - Self.bottom))"/>"#
                    + #"<text class="x" x="\#(place)" y="\#(Int(Self.top) - 2)">\#(HTML.text(mark.name))</text></g>"#)
        }
        for line in lines where !line.points.isEmpty {
            let points = line.points.map { "\(Self.decimal(x($0.x))),\(Self.decimal(y($0.y)))" }.joined(separator: " ")
            parts.append(#"<polyline class="line \#(line.style)" points="\#(points)"/>"#)
            // A line of one point is not seen.
            if line.points.count == 1 {
                parts.append(
                    #"<circle class="line \#(line.style)" cx="\#(Self.decimal(x(line.points[0].x)))" cy="\#(Self.decimal(y(line.points[0].y)))" r="2"/>"#
                )
            }
        }
        return parts.joined(separator: "\n") + "\n</svg></figure>"
    }

    private var legend: String {
        lines.filter { !$0.name.isEmpty }.map { #" <span class="key \#($0.style)">\#(HTML.text($0.name))</span>"# }
            .joined()
    }

    private static func decimal(_ value: Double) -> String { String(format: "%.1f", value.isFinite ? value : 0) }
}
