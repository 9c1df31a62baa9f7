/// Which columns of a table are shown, and how wide, so that a row fits the terminal.
struct ColumnFit: Equatable {
    /// Indices, in order.
    private(set) var shown: [Int]
    /// By index; of those not shown too.
    private(set) var widths: [Int]

    /// Blanks between columns.
    static let gap = 2
    /// As much of a column as tells what it is; on the narrowest terminals a letter and `…` have to do.
    private static let minimum = 6
    private static let least = 2
    /// As much of free text as stays until other columns have to yield.
    private static let readable = 24

    /// - Parameters:
    ///   - yielding: what each column gives up.
    ///   - widths: what each would take.
    ///   - width: columns of the terminal; nil: as wide as it takes.
    init(_ yielding: [TableColumn.Yielding], widths: [Int], width: Int?) {
        shown = Array(widths.indices)
        self.widths = widths
        guard let width else { return }
        // In this order: free text down to what can be read, columns that can be missed, then the widest of those that
        // may be cut, then the widest of all.
        cut(shown.filter { yielding[$0] == .first }, to: width, leaving: Self.readable)
        for column in shown.reversed() where yielding[column] == .leftOut && excess(over: width) > 0 {
            shown.removeAll { $0 == column }
        }
        cut(shown.filter { yielding[$0] != .last }, to: width, leaving: Self.minimum)
        for least in [Self.minimum, Self.least] { cut(shown, to: width, leaving: least) }
    }

    private func excess(over width: Int) -> Int {
        shown.reduce(0) { $0 + widths[$1] } + Self.gap * (shown.count - 1) - width
    }

    /// Takes from the widest again and again, so that narrow ones stay whole.
    private mutating func cut(_ columns: [Int], to width: Int, leaving least: Int) {
        var excess = excess(over: width)
        while excess > 0, let widest = columns.max(by: { widths[$0] < widths[$1] }), widths[widest] > least {
            widths[widest] -= 1
            excess -= 1
        }
    }
}
