/// Pages of one file, without a script and without a word from another host.
public enum HTML {
    /// For the text of an element, and for the value of an attribute.
    public static func text(_ text: String) -> String {
        text.replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing(">", with: "&gt;")
            .replacing("\"", with: "&quot;")
    }

    /// - Parameters:
    ///   - title: text.
    ///   - body: HTML.
    public static func page(_ title: String, _ body: String) -> String {
        """
        <!doctype html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <link rel="icon" href="data:,">
        <title>\(text(title))</title>
        <style>
        \(style)
        </style>
        </head>
        <body>
        \(body)
        </body>
        </html>

        """
    }

    /// - Parameters: text.
    public static func table(_ head: [String], _ rows: [[String]]) -> String {
        func line(_ cells: [String], _ tag: String) -> String {
            "<tr>" + cells.map { "<\(tag)>\(text($0))</\(tag)>" }.joined() + "</tr>"
        }
        return "<div class=\"wide\"><table>\n"
            + ([line(head, "th")] + rows.map { line($0, "td") }).joined(separator: "\n")
            + "\n</table></div>"
    }

    /// - Parameter items: text.
    public static func list(_ items: [String]) -> String {
        items.isEmpty ? "" : "<ul>\n" + items.map { "<li>\(text($0))</li>" }.joined(separator: "\n") + "\n</ul>"
    }

    private static let style = """
        :root { color-scheme: light dark; --ink: #1b1f24; --paper: #fff; --faint: #d5dae0;
                --a: #0969da; --b: #8250df; --c: #bc4c00; --d: #6e7781; --e: #cf222e; --f: #1b7c83; --good: #1a7f37; }
        @media (prefers-color-scheme: dark) {
          :root { --ink: #e6edf3; --paper: #0d1117; --faint: #30363d; --a: #58a6ff; --b: #bc8cff; --c: #f0883e; --d: #8b949e;
                  --e: #ff7b72; --f: #39c5cf; --good: #3fb950; } }
        body { font: 15px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--paper);
               max-width: 820px; margin: 2rem auto; padding: 0 1rem; }
        .verdict { font-weight: 600; font-size: 1.2rem; border-left: .4rem solid var(--e); padding-left: .6rem; }
        .verdict.passed { border-color: var(--good); }
        .verdict.invalid { border-color: var(--b); }
        figure { margin: 1.5rem 0; } figcaption { font-weight: 600; } svg { width: 100%; height: auto; }
        .grid { stroke: var(--faint); } text { fill: var(--d); font-size: 11px; }
        text.y { text-anchor: end; dominant-baseline: middle; } text.x { text-anchor: middle; }
        .line { fill: none; stroke-width: 1.6; } .line.a { stroke: var(--a); } .line.b { stroke: var(--b); }
        .line.c { stroke: var(--c); } .line.e { stroke: var(--e); } .line.f { stroke: var(--f); }
        .line.g { stroke: var(--good); } .line.d { stroke: var(--d); } .line.d, .line.dash { stroke-dasharray: 4 3; }
        .mark line { stroke: var(--c); stroke-dasharray: 2 2; } .mark text { fill: var(--c); font-size: 9px; }
        .key { font-weight: 400; margin-left: .8rem; } .key.a { color: var(--a); } .key.b { color: var(--b); }
        .key.c { color: var(--c); } .key.d { color: var(--d); } .key.e { color: var(--e); }
        .key.f { color: var(--f); } .key.g { color: var(--good); }
        .wide { overflow-x: auto; } table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
        th, td { padding: .2rem .6rem; border-bottom: 1px solid var(--faint); text-align: right; }
        th:first-child, td:first-child { text-align: left; }
        """
}
