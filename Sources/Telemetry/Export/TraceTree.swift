import Tracing

/// One trace as text for people: a line per span, indented under its parent, with times, a bar and what matters.
enum TraceTree {
    /// Width of the bar that shows when a span ran within its trace.
    private static let barWidth = 24
    private static let maximumNameWidth = 60

    private struct Row {
        var span: FinishedSpan
        /// `├─ ` and the like.
        var branch: String

        var title: String { branch + TextEscaping.escaped(span.name) }
    }

    /// - Returns: several lines, each with its line feed; nothing for no span.
    static func render(_ spans: [FinishedSpan]) -> String {
        let rows = rows(of: spans)
        guard let first = rows.first,
            let start = spans.map(\.start).min(),
            let end = spans.map(\.end).max()
        else { return "" }
        let names = rows.map { shortened($0.title) }
        let nameWidth = names.map(\.count).max() ?? 0
        var text = header(first.span, spanCount: spans.count, duration: end - start)
        for (row, name) in zip(rows, names) {
            let span = row.span
            let columns = [
                "  " + padded(name, to: nameWidth),
                padded(kind(span.kind), to: 8),
                aligned("+" + milliseconds(span.start - start), to: 10),
                aligned(milliseconds(span.end - span.start), to: 10),
                bar(span, start: start, end: end),
                details(span),
            ]
            var line = columns.joined(separator: "  ")
            while line.last == " " { line.removeLast() }
            text += line + "\n"
        }
        return text
    }

    private static func header(_ root: FinishedSpan, spanCount: Int, duration: UInt64) -> String {
        let spans = spanCount == 1 ? "1 span" : "\(spanCount) spans"
        let origin = root.parent.map { $0.isRemote ? ", called by span \($0.spanID)" : "" } ?? ""
        return "trace \(root.context.traceID): \(spans), \(milliseconds(duration))\(origin)\n"
    }

    /// Depth first, siblings by their start; a span whose parent is not here stands at the top.
    private static func rows(of spans: [FinishedSpan]) -> [Row] {
        let ids = Set(spans.map(\.context.spanID))
        var children: [SpanID: [FinishedSpan]] = [:]
        var roots: [FinishedSpan] = []
        for span in spans.sorted(by: { ($0.start, $0.end) < ($1.start, $1.end) }) {
            if let parent = span.parent, !parent.isRemote, ids.contains(parent.spanID),
                parent.spanID != span.context.spanID
            {
                children[parent.spanID, default: []].append(span)
            } else {
                roots.append(span)
            }
        }
        var rows: [Row] = []
        func add(_ span: FinishedSpan, branch: String, indent: String) {
            rows.append(Row(span: span, branch: branch))
            // Taken out, so that ids that come twice cannot lead in a circle.
            let below = children.removeValue(forKey: span.context.spanID) ?? []
            for (index, child) in below.enumerated() {
                let isLast = index == below.count - 1
                add(child, branch: indent + (isLast ? "└─ " : "├─ "), indent: indent + (isLast ? "   " : "│  "))
            }
        }
        for root in roots { add(root, branch: "", indent: "") }
        return rows
    }

    private static func bar(_ span: FinishedSpan, start: UInt64, end: UInt64) -> String {
        let whole = Double(max(end - start, 1))
        let from = min(Int(Double(span.start - start) / whole * Double(barWidth)), barWidth - 1)
        let to = Int((Double(span.end - start) / whole * Double(barWidth)).rounded(.up))
        let length = min(max(to - from, 1), barWidth - from)
        return String(repeating: "·", count: from) + String(repeating: "█", count: length)
            + String(repeating: "·", count: barWidth - from - length)
    }

    /// The error first, then the attributes that say what happened; the rest is for a real backend.
    private static func details(_ span: FinishedSpan) -> String {
        var parts: [String] = []
        if case .error(let message) = span.status {
            parts.append(message.isEmpty ? "✗ error" : "✗ " + TextEscaping.escaped(message))
        }
        for (key, label) in shownAttributes {
            if let value = span.attributes[key] { parts.append("\(label)=\(TextEscaping.escaped(value.description))") }
        }
        return parts.joined(separator: " ")
    }

    private static let shownAttributes: [(key: String, label: String)] = [
        (SemanticConventions.errorType, "error"),
        (SemanticConventions.notifydOutcome, "outcome"),
        (SemanticConventions.notifydChannel, "channel"),
        (SemanticConventions.notifydAttempt, "attempt"),
        (SemanticConventions.notifydProvider, "provider"),
        (SemanticConventions.messagingMessageID, "message"),
        (SemanticConventions.databaseCollection, "table"),
        (SemanticConventions.databaseBatchSize, "batch"),
        (SemanticConventions.smtpStatusCode, "smtp"),
        (SemanticConventions.httpStatusCode, "http"),
        (SemanticConventions.serverAddress, "server"),
    ]

    private static func kind(_ kind: SpanKind) -> String {
        switch kind {
        case .internal: "internal"
        case .server: "server"
        case .client: "client"
        case .producer: "producer"
        case .consumer: "consumer"
        }
    }

    /// Two decimals: `12.34 ms`.
    private static func milliseconds(_ nanoseconds: UInt64) -> String {
        let hundredths = (nanoseconds + 5_000) / 10_000
        let fraction = hundredths % 100
        return "\(hundredths / 100).\(fraction < 10 ? "0" : "")\(fraction) ms"
    }

    private static func shortened(_ text: String) -> String {
        text.count <= maximumNameWidth ? text : text.prefix(maximumNameWidth - 1) + "…"
    }

    private static func padded(_ text: String, to width: Int) -> String {
        text + String(repeating: " ", count: max(width - text.count, 0))
    }

    private static func aligned(_ text: String, to width: Int) -> String {
        String(repeating: " ", count: max(width - text.count, 0)) + text
    }
}
