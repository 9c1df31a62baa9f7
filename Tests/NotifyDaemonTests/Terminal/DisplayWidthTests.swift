import Testing

@testable import NotifyDaemon

@Suite("Display width: columns of a terminal")
struct DisplayWidthTests {
    @Test(
        "A text takes the columns that terminals give it",
        arguments: [
            ("", 0), ("abc", 3), ("Söhne", 5), ("So\u{308}hne", 5), ("佐藤 花子", 9), ("한국어", 6), ("ｶﾅ", 2), ("Ａ", 2),
            ("…", 1), ("€", 1), ("✓", 1), ("🎉", 2), ("👍🏽", 2), ("☺", 1), ("☺\u{FE0F}", 2), ("🇦🇹", 2), ("中\u{20DD}", 2),
            ("עברית", 5), ("\u{1112}\u{1161}\u{11AB}", 2), ("𠮷", 2), ("〿", 1), ("⚡", 2),
        ]
    )
    func widths(text: String, width: Int) {
        #expect(DisplayWidth.of(text) == width)
    }

    @Test(
        "A beginning holds whole characters only",
        arguments: [(0, ""), (1, "a"), (2, "a"), (3, "a佐"), (4, "a佐"), (9, "a佐藤")]
    )
    func prefix(columns: Int, expected: String) {
        #expect(DisplayWidth.prefix("a佐藤", columns: columns) == expected)
    }
}
