import Synchronization

/// The live tree of a terminal: a line a slice with what is done, and below it what is under way and awaited.
public final class TreeReporter: Reporter {
    private struct Slice {
        var total = 0
        var done = 0
        var failed = 0
        var isStamped = false
        var running: [NodeID: (action: PlanAction, since: ContinuousClock.Instant, detail: String?)] = [:]
    }

    private struct State {
        var slices: [SliceID: Slice] = [:]
        /// Lines drawn last time, to be drawn over.
        var drawn = 0
        var isOver = false
    }

    private let state: Mutex<State>
    private let style: TextStyle
    private let write: @Sendable (String) -> Void
    private let size: @Sendable () -> (columns: Int, rows: Int)
    private let started = ContinuousClock.now

    /// - Parameters:
    ///   - write: writes a text to the terminal as it is.
    ///   - size: the terminal's.
    public init(
        style: TextStyle, write: @escaping @Sendable (String) -> Void,
        size: @escaping @Sendable () -> (columns: Int, rows: Int)
    ) {
        state = Mutex(State())
        self.style = style
        self.write = write
        self.size = size
    }

    /// Shows the slices of `plan`, all of them still to do.
    public func begin(_ plan: Plan) {
        state.withLock { state in
            for entry in plan.entries {
                let slice = SliceID(region: entry.node.region, step: entry.step)
                state.slices[slice, default: Slice()].total += entry.action == .none ? 0 : 1
            }
        }
    }

    public func report(_ event: RunEvent) {
        state.withLock { state in
            guard !state.isOver else { return }
            let slice = event.node.flatMap { node in event.step.map { SliceID(region: node.region, step: $0) } }
            switch event.event {
            case .started:
                guard let node = event.node, let slice else { break }
                state.slices[slice, default: Slice()].running[node] = (event.action ?? .none, .now, nil)
            case .waiting, .retrying:
                guard let node = event.node, let slice else { break }
                state.slices[slice]?.running[node]?.detail = event.detail
            case .finished:
                guard let node = event.node, let slice else { break }
                state.slices[slice]?.running[node] = nil
                state.slices[slice]?.done += 1
                if let detail = event.detail {
                    say("\(style.sign(event.action ?? .none)) \(node)\n\(indented(detail))", &state)
                }
            case .failed, .blocked:
                guard let node = event.node, let slice else { break }
                state.slices[slice]?.running[node] = nil
                state.slices[slice]?.failed += 1
                guard event.event == .failed else { break }
                let next = event.next.map { "\n    next: \($0)" } ?? ""
                say("\(style.red("x")) \(node)  \(event.detail ?? "")\(next)", &state)
            case .stamped:
                guard let region = event.region, let step = event.step else { break }
                state.slices[SliceID(region: region, step: step)]?.isStamped = true
            case .note:
                say(event.detail ?? "", &state)
            case .planned:
                break
            case .ended:
                draw(&state)
                state.isOver = true
                write(PlainReporter.ending(event) + "\n")
            }
        }
    }

    /// Draws the tree anew; called several times a second.
    public func tick() {
        state.withLock { state in
            if !state.isOver { draw(&state) }
        }
    }

    /// Prints a line above the tree.
    private func say(_ line: String, _ state: inout State) {
        erase(&state)
        write(line + "\n")
        draw(&state)
    }

    private func erase(_ state: inout State) {
        guard state.drawn > 0 else { return }
        write("\u{1B}[\(state.drawn)A\u{1B}[J")
        state.drawn = 0
    }

    private func draw(_ state: inout State) {
        let (columns, rows) = size()
        var lines: [String] = []
        for (id, slice) in state.slices.sorted(by: { $0.key < $1.key }) where slice.total > 0 || !slice.running.isEmpty
        {
            lines.append(heading(id, slice))
            for (node, work) in slice.running.sorted(by: { $0.key < $1.key }) {
                let seconds = work.since.duration(to: .now)
                let detail = work.detail.map { "  \($0)" } ?? ""
                lines.append(
                    "    \(style.sign(work.action)) \(node.name)  "
                        + style.dim("\(elapsed(Self.seconds(seconds)))\(String(detail.prefix(max(10, columns - 50))))"))
            }
        }
        // A terminal scrolls what does not fit, and scrolled lines cannot be drawn over.
        let room = max(3, rows - 2)
        if lines.count > room {
            lines = lines.suffix(room - 1) + [style.dim("  ... \(lines.count - room + 1) lines above")]
        }
        erase(&state)
        write(lines.map { $0 + "\n" }.joined())
        state.drawn = lines.count
    }

    private func heading(_ id: SliceID, _ slice: Slice) -> String {
        let mark =
            slice.failed > 0
            ? style.red("x")
            : slice.done >= slice.total ? style.green("✓") : slice.running.isEmpty ? " " : style.yellow("●")
        let step = id.step.name.padded(to: 14)
        let region = id.region.padded(to: 16)
        let failed = slice.failed > 0 ? style.red("  \(slice.failed) failed") : ""
        return "\(mark) \(style.bold(step)) \(region) \(slice.done)/\(slice.total)\(failed)"
    }

    private static func seconds(_ duration: Duration) -> Double {
        Double(duration.components.seconds) + Double(duration.components.attoseconds) / 1e18
    }
}

extension String {
    fileprivate func padded(to width: Int) -> String {
        count >= width ? self : self + String(repeating: " ", count: width - count)
    }
}
