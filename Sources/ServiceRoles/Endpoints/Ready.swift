internal import HTTPServer
internal import Ticketing

/// `GET /<role>/ready`: whether requests should be sent here: not while draining, and not while a backend that the role
/// cannot do without is away.
struct Ready {
    let context: RoleContext
    /// Names and probes, in the order shown.
    let probes: [Probe]

    struct Probe: Sendable {
        var backend: String
        /// Without it the role still does its work, if slower.
        var isOptional = false
        var ping: @Sendable () async throws -> Void
    }

    private struct Body: Encodable {
        struct Line: Encodable {
            var backend: String
            var ok: Bool
            var message: String?
        }

        var ready: Bool
        var backends: [Line]
    }

    func callAsFunction(_ request: HTTPRequest) async -> HTTPResponse {
        var lines: [Body.Line] = []
        var isReady = !context.isDraining
        await withTaskGroup(of: (Int, String?).self) { group in
            for (index, probe) in probes.enumerated() {
                group.addTask { (index, await failure(of: probe)) }
            }
            var failures: [Int: String] = [:]
            for await (index, failure) in group { failures[index] = failure }
            for (index, probe) in probes.enumerated() {
                lines.append(.init(backend: probe.backend, ok: failures[index] == nil, message: failures[index]))
                if failures[index] != nil, !probe.isOptional { isReady = false }
            }
        }
        if context.isDraining { lines.append(.init(backend: "process", ok: false, message: "draining")) }
        return .json(status: isReady ? 200 : 503, headers: noStore, Body(ready: isReady, backends: lines))
    }

    /// nil: it answers. A probe has a second.
    private func failure(of probe: Probe) async -> String? {
        await withTaskGroup(of: String?.self) { group in
            group.addTask {
                do {
                    try await probe.ping()
                    return nil
                } catch let error as StoreError {
                    return error.kind.rawValue
                } catch {
                    return "failed"
                }
            }
            group.addTask {
                try? await Task.sleep(for: .seconds(1))
                return "no answer within 1 s"
            }
            defer { group.cancelAll() }
            return await group.next() ?? nil
        }
    }
}
