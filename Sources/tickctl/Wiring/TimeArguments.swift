import ArgumentParser
import Foundation

/// "90s", "10m", "2h", "3d": a whole number and a unit, more than nothing and at most 366 days.
struct Span: ExpressibleByArgument {
    var seconds: Int

    init(seconds: Int) { self.seconds = seconds }

    init?(argument: String) {
        let units: [Character: Int] = ["s": 1, "m": 60, "h": 3600, "d": 86_400]
        guard let unit = argument.last.flatMap({ units[$0] }), let number = Int(argument.dropLast()), number > 0
        else { return nil }
        let (seconds, overflow) = number.multipliedReportingOverflow(by: unit)
        guard !overflow, seconds <= 366 * 86_400, argument.first != "+" else { return nil }
        self.seconds = seconds
    }

    var defaultValueDescription: String {
        for (unit, length) in [("d", 86_400), ("h", 3600), ("m", 60)] where seconds % length == 0 {
            return "\(seconds / length)\(unit)"
        }
        return "\(seconds)s"
    }
}

/// A span from now, or a moment of ISO 8601 with its zone.
enum Moment: ExpressibleByArgument {
    case after(Span)
    case at(Date)

    init?(argument: String) {
        if let span = Span(argument: argument) {
            self = .after(span)
        } else if let date = try? Date(argument, strategy: .iso8601) {
            self = .at(date)
        } else {
            return nil
        }
    }

    func date(from now: Date) -> Date {
        switch self {
        case .after(let span): now.addingTimeInterval(TimeInterval(span.seconds))
        case .at(let date): date
        }
    }
}
