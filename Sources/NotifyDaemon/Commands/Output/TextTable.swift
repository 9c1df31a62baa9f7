/// Rows in columns that fit a width; long cells end in `…` there. Cells are escaped for the terminal.
struct TextTable {
    var titles: [String]
    var rows: [[String]] = []

    /// No column is cut below it.
    private static let minimumWidth = 6
    private static let gap = 2

    /// - Parameter width: columns of the terminal; nil: as wide as it takes.
    func lines(width: Int?) -> [String] {
        let cells = ([titles] + rows).map { row in
            titles.indices.map { $0 < row.count ? PrintableText.escaped(row[$0]) : "" }
        }
        var widths = titles.indices.map { column in cells.map { $0[column].count }.max() ?? 0 }
        if let width { Self.shrink(&widths, to: width) }
        return cells.map { row in
            let line = zip(row, widths).map(Self.fitted).joined(separator: String(repeating: " ", count: Self.gap))
            return String(line.reversed().drop { $0 == " " }.reversed())
        }
    }

    /// Takes from the widest column again and again, so that narrow ones stay whole.
    private static func shrink(_ widths: inout [Int], to width: Int) {
        var excess = widths.reduce(0, +) + gap * (widths.count - 1) - width
        while excess > 0, let widest = widths.indices.max(by: { widths[$0] < widths[$1] }),
            widths[widest] > minimumWidth
        {
            widths[widest] -= 1
            excess -= 1
        }
    }

    private static func fitted(_ text: String, _ width: Int) -> String {
        if text.count > width { return text.prefix(max(0, width - 1)) + "…" }
        return text + String(repeating: " ", count: width - text.count)
    }
}
