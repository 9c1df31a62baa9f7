/// Rows in columns that fit a width; long cells end in `…` there. Cells are escaped for the terminal.
///
/// The last column is for free text: it yields first, so that ids before it stay whole as long as may be.
struct TextTable {
    var titles: [String]
    var rows: [[String]] = []
    /// Columns that are cut only when cutting the others is not enough: a time without its end says little.
    var keptWhole: Set<Int> = []

    /// No column is cut below it.
    private static let minimumWidth = 6
    /// As much of the free text as stays until other columns have to yield too.
    private static let readableWidth = 24
    private static let gap = 2

    /// - Parameter width: columns of the terminal; nil: as wide as it takes.
    func lines(width: Int?) -> [String] {
        let cells = ([titles] + rows).map { row in
            titles.indices.map { $0 < row.count ? PrintableText.escaped(row[$0]) : "" }
        }
        var widths = titles.indices.map { column in cells.map { $0[column].count }.max() ?? 0 }
        if let width { shrink(&widths, to: width) }
        return cells.map { row in
            let line = zip(row, widths).map(Self.fitted).joined(separator: String(repeating: " ", count: Self.gap))
            return String(line.reversed().drop { $0 == " " }.reversed())
        }
    }

    /// Takes from the free text, then from the widest column again and again, so that narrow ones stay whole.
    private func shrink(_ widths: inout [Int], to width: Int) {
        var excess = widths.reduce(0, +) + Self.gap * (widths.count - 1) - width
        if let last = widths.indices.last, !keptWhole.contains(last) {
            let yielded = min(max(0, excess), max(0, widths[last] - Self.readableWidth))
            widths[last] -= yielded
            excess -= yielded
        }
        for columns in [widths.indices.filter { !keptWhole.contains($0) }, Array(widths.indices)] {
            while excess > 0, let widest = columns.max(by: { widths[$0] < widths[$1] }),
                widths[widest] > Self.minimumWidth
            {
                widths[widest] -= 1
                excess -= 1
            }
        }
    }

    private static func fitted(_ text: String, _ width: Int) -> String {
        if text.count > width { return text.prefix(max(0, width - 1)) + "…" }
        return text + String(repeating: " ", count: width - text.count)
    }
}
