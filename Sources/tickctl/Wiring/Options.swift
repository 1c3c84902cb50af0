import ArgumentParser
import Foundation
import Provisioning
import StrictYAML
import TicketSteps
import Ticketing

/// Which stack a command is about.
struct StackOptions: ParsableArguments {
    @Option(help: "The stack: stacks/NAME.yaml holds its values. Default: TICKCTL_STACK, or ticket.")
    var stack: String?

    /// The stack's values: defaults, file, environment, in this order.
    /// - Throws: `ValueProblems`.
    func load(_ environment: [String: String] = ProcessInfo.processInfo.environment) throws -> Stack {
        let given = stack ?? environment["TICKCTL_STACK"].flatMap { $0.isEmpty ? nil : $0 }
        let name = given ?? "ticket"
        let path = "stacks/\(name).yaml"
        var source: StackSource
        if FileManager.default.fileExists(atPath: path) || given != nil {
            source = StackSource(contentsOf: path, stack: name)
        } else {
            Terminal.standardError(
                "note: there is no \(path): using the built-in values; `tickctl stack show > \(path)` writes them\n")
            source = StackSource(stack: name)
        }
        source.override(with: environment)
        return try source.validated()
    }
}

/// Which part of the stack a command is about.
struct SelectionOptions: ParsableArguments {
    @Option(name: .customLong("step"), help: "Only this step (00-network ... 08-db-init); may be repeated.")
    var steps: [String] = []

    @Option(name: .customLong("region"), help: "Only this region (or: global); may be repeated.")
    var regions: [String] = []

    /// - Throws: `ValidationError` naming what there is.
    func selection(of stack: Stack, refresh: Bool, withDependencies: Bool = false) throws -> Selection {
        let known = StackGraph.steps.map(\.name)
        for step in steps where !known.contains(step) {
            throw ValidationError("there is no step \(step); the steps are \(known.joined(separator: ", "))")
        }
        let places = stack.regions.map(\.name) + [NodeID.global]
        for region in regions where !places.contains(region) {
            throw ValidationError(
                "stack \(stack.name) has no region \(region); it has \(places.joined(separator: ", "))")
        }
        return Selection(
            steps: steps.isEmpty ? nil : Set(steps.map { StepID($0) }), regions: regions.isEmpty ? nil : Set(regions),
            withDependencies: withDependencies, refresh: refresh)
    }
}

/// Which regions a command is about.
struct RegionOptions: ParsableArguments {
    @Option(name: .customLong("region"), help: "Only this region; may be repeated.")
    var regions: [String] = []

    /// The stack's regions that were chosen, in the stack's order; all when none was.
    /// - Throws: `ValidationError` naming what there is.
    func regions(of stack: Stack) throws -> [Stack.Region] {
        let known = stack.regions.map(\.name)
        for region in regions where !known.contains(region) {
            throw ValidationError(
                "stack \(stack.name) has no region \(region); it has \(known.joined(separator: ", "))")
        }
        return regions.isEmpty ? stack.regions : stack.regions.filter { regions.contains($0.name) }
    }

    /// One region; the primary one when none is named.
    static func region(_ name: String?, of stack: Stack) throws -> Stack.Region {
        var options = RegionOptions()
        options.regions = name.map { [$0] } ?? []
        return try options.regions(of: stack)[0]
    }
}

/// Which services a command is about.
struct ServiceOptions: ParsableArguments {
    @Option(
        name: .customLong("service"), help: "Only this service: public, confirm or worker; may be repeated.",
        transform: Self.role)
    var services: [Role] = []

    /// All when none was chosen.
    var roles: [Role] { services.isEmpty ? Role.allCases : Role.allCases.filter(services.contains) }

    /// - Throws: `ValidationError` naming what there is.
    @Sendable static func role(_ name: String) throws -> Role {
        guard let role = Role(rawValue: name) else {
            throw ValidationError(
                "there is no service \(name); there are \(Role.allCases.map(\.rawValue).joined(separator: ", "))")
        }
        return role
    }
}
