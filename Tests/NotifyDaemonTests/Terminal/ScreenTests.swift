import Testing

@testable import NotifyDaemon

@Suite("Screen: width and colours of an output")
struct ScreenTests {
    private func screen(_ environment: [String: String], isTerminal: Bool = true, columns: Int? = 100) -> Screen {
        Screen(isTerminal: isTerminal, columns: columns, environment: environment)
    }

    @Test("What is no terminal has no width, no colour and nothing to draw over, whatever the environment says")
    func pipe() {
        let screen = screen(["COLUMNS": "40", "TERM": "xterm", "CLICOLOR_FORCE": "1"], isTerminal: false)
        #expect(screen.width == nil && !screen.isColored && !screen.canRedraw && !screen.isTerminal)
    }

    @Test("The width is COLUMNS, else the terminal's own, else 80; what is no number above 0 does not count")
    func width() {
        #expect(screen(["COLUMNS": "60"]).width == 60)
        #expect(screen([:]).width == 100)
        for columns in ["", "0", "-5", "wide"] { #expect(screen(["COLUMNS": columns]).width == 100) }
        #expect(screen([:], columns: 0).width == 80)
        #expect(screen([:], columns: nil).width == 80)
    }

    @Test(
        "Colours are on, unless NO_COLOR is not empty, CLICOLOR is 0, or TERM is dumb or missing",
        arguments: [
            (["TERM": "xterm"], true), (["TERM": "xterm", "NO_COLOR": ""], true),
            (["TERM": "xterm", "CLICOLOR": "1"], true),
            (["TERM": "xterm", "NO_COLOR": "1"], false), (["TERM": "xterm", "NO_COLOR": "0"], false),
            (["TERM": "xterm", "CLICOLOR": "0"], false), (["TERM": "dumb"], false), ([:], false),
        ]
    )
    func colors(environment: [String: String], isColored: Bool) {
        let screen = screen(environment)
        #expect(screen.isColored == isColored)
        #expect(screen.colored("x", .bad) == (isColored ? "\u{1B}[31mx\u{1B}[0m" : "x"))
        #expect(screen.colored("x", nil) == "x")
    }

    @Test("A line is drawn over wherever the terminal can, without colours too")
    func redraw() {
        #expect(screen(["TERM": "xterm", "NO_COLOR": "1"]).canRedraw)
        #expect(!screen(["TERM": "dumb"]).canRedraw)
    }
}
