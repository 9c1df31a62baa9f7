/// Rows in columns that fit a terminal: cells that are cut end in `…`, and all are escaped.
struct TextTable: Sendable {
    var columns: [TableColumn]
    var rows: [[String]] = []

    /// - Parameters:
    ///   - width: columns of the terminal; nil: no cell is cut.
    ///   - isColored: whether titles and cells have their tones.
    func lines(width: Int?, isColored: Bool = false) -> [String] {
        let titles = columns.map(\.title)
        let cells = rows.map { row in
            columns.indices.map { $0 < row.count ? PrintableText.escaped(row[$0]) : "" }
        }
        let widths = columns.indices.map { column in
            ([titles] + cells).reduce(0) { max($0, DisplayWidth.of($1[column])) }
        }
        let fit = ColumnFit(columns.map(\.yielding), widths: widths, width: width)
        let head = line(titles, fit) { _, _ in isColored ? .title : nil }
        return [head] + cells.map { row in line(row, fit) { isColored ? columns[$0].tone($1) : nil } }
    }

    private func line(_ cells: [String], _ fit: ColumnFit, tone: (Int, String) -> Tone?) -> String {
        var line = ""
        var padding = 0
        for column in fit.shown {
            let text = Self.cut(cells[column], to: fit.widths[column])
            let blanks = fit.widths[column] - DisplayWidth.of(text)
            let isNumber = columns[column].isNumber
            // Blanks before a cell are written with it, so that no line ends in any.
            if !text.isEmpty {
                line += String(repeating: " ", count: padding + (isNumber ? blanks : 0))
                line += tone(column, cells[column])?.applied(to: text) ?? text
                padding = 0
            }
            padding += (isNumber && !text.isEmpty ? 0 : blanks) + ColumnFit.gap
        }
        return line
    }

    private static func cut(_ text: String, to width: Int) -> String {
        DisplayWidth.of(text) > width ? DisplayWidth.prefix(text, columns: width - 1) + "…" : text
    }
}
