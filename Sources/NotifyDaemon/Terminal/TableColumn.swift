/// A column of a table: its title, and what may be done to it where the terminal is narrow.
struct TableColumn: Sendable, ExpressibleByStringLiteral {
    /// What the column gives up where the table does not fit.
    enum Yielding: Sendable {
        /// Free text: it is cut first.
        case first
        case ordinary
        /// A time without its end says little, an id without its end nothing: cut only when all others are.
        case last
        /// The whole column is left out before any is cut below what can be read.
        case leftOut
    }

    var title: String
    var yielding: Yielding
    /// Numbers end below each other.
    var isNumber: Bool
    /// The colour of a cell.
    var tone: @Sendable (String) -> Tone?

    init(
        _ title: String,
        _ yielding: Yielding = .ordinary,
        isNumber: Bool = false,
        tone: @escaping @Sendable (String) -> Tone? = { _ in nil }
    ) {
        self.title = title
        self.yielding = yielding
        self.isNumber = isNumber
        self.tone = tone
    }

    init(stringLiteral title: String) {
        self.init(title)
    }
}
