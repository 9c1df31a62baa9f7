import Testing

@testable import NotifyDaemon

@Suite("Tables: columns that fit the terminal")
struct TextTableTests {
    private let long = String(repeating: "x", count: 50)

    @Test("Without a width nothing is cut, and no line ends in blanks")
    func wide() {
        let table = TextTable(columns: ["KEY", "VALUE"], rows: [["a", "1"], ["long.key", ""], ["b", long]])
        #expect(table.lines(width: nil) == ["KEY       VALUE", "a         1", "long.key", "b         \(long)"])
    }

    @Test("The widest column is cut and ends in …, narrow ones stay whole")
    func narrow() {
        let table = TextTable(columns: ["ID", "TEXT"], rows: [["17", long]])
        #expect(table.lines(width: 20) == ["ID  TEXT", "17  " + long.prefix(15) + "…"])
    }

    @Test("Free text yields before any other column, wherever it stands")
    func freeText() {
        let id = String(repeating: "i", count: 36)
        let table = TextTable(columns: [TableColumn("WHY", .first), "EVENT"], rows: [[long, id]])
        #expect(table.lines(width: 70)[1] == long.prefix(31) + "…  " + id)
    }

    @Test("A column that comes last in yielding is cut only after all others")
    func last() {
        let table = TextTable(columns: [TableColumn("TIME", .last), "TEXT"], rows: [["2026-01-15 09:30:00", long]])
        #expect(table.lines(width: 30)[1] == "2026-01-15 09:30:00  xxxxxxxx…")
        #expect(table.lines(width: 20)[1] == "2026-01-15 …  xxxxx…")
        #expect(table.lines(width: 20).allSatisfy { $0.count <= 20 })
    }

    @Test("Columns that can be missed are left out before others are cut, the last first, and only if they must be")
    func leftOut() {
        let columns: [TableColumn] = [
            TableColumn("ID", .last), TableColumn("PROVIDER", .leftOut), TableColumn("TRY", .leftOut), "TYPE",
        ]
        let table = TextTable(columns: columns, rows: [["12345678", "smtp", "3", "payment.completed"]])
        #expect(table.lines(width: 42)[0] == "ID        PROVIDER  TRY  TYPE")
        #expect(table.lines(width: 41) == ["ID        PROVIDER  TYPE", "12345678  smtp      payment.completed"])
        #expect(table.lines(width: 30) == ["ID        TYPE", "12345678  payment.completed"])
        #expect(table.lines(width: 20)[1] == "12345678  payment.c…")
    }

    @Test("However narrow the terminal is, a row fits it as long as each cell has two columns", arguments: 14...60)
    func narrowest(width: Int) {
        let columns: [TableColumn] = [TableColumn("A", .last), TableColumn("B", .first), "C", "D"]
        let lines = TextTable(columns: columns, rows: [[long, long, long, long]]).lines(width: width)
        #expect(lines.allSatisfy { $0.count <= width })
        #expect(lines[1].count == width, "nothing is wasted")
    }

    @Test("Wide and combining characters are counted in columns, not in letters")
    func displayWidth() {
        let table = TextTable(columns: ["NAME", "N"], rows: [["佐藤", "1"], ["e\u{301}a", "2"], ["🎉", "3"]])
        #expect(table.lines(width: nil) == ["NAME  N", "佐藤  1", "e\u{301}a    2", "🎉    3"])
        let cut = TextTable(columns: ["NAME"], rows: [["佐藤花子さま"]]).lines(width: 8)
        #expect(cut[1] == "佐藤花…")
    }

    @Test("Numbers end below each other, in the last column too")
    func numbers() {
        let columns: [TableColumn] = [TableColumn("COUNT", isNumber: true), "TYPE"]
        let table = TextTable(columns: columns, rows: [["7", "a"], ["1200", "b"]])
        #expect(table.lines(width: nil) == ["COUNT  TYPE", "    7  a", " 1200  b"])
        let last = TextTable(columns: ["TYPE", TableColumn("N", isNumber: true)], rows: [["a", "7"], ["b", "1200"]])
        #expect(last.lines(width: nil) == ["TYPE     N", "a        7", "b     1200"])
    }

    @Test("Tones are put around a cell's text and not its padding, and only where colours are wanted")
    func tones() {
        let table = TextTable(columns: [TableColumn("STATUS", tone: Tone.ofStatus), "ID"], rows: [["sent", "1"]])
        #expect(table.lines(width: nil)[1] == "sent    1")
        #expect(table.lines(width: nil, isColored: true)[1] == "\u{1B}[32msent\u{1B}[0m    1")
    }

    @Test("A cell from outside cannot colour, move or reverse anything")
    func hostile() {
        let table = TextTable(columns: ["A", "B"], rows: [["\u{1B}[31m\u{202E}x\n", "\u{9B}2J"]])
        #expect(table.lines(width: nil)[1] == "\\u{1B}[31m\\u{202E}x\\n  \\u{9B}2J")
    }
}
