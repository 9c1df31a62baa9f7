import FoundationEssentials
import Glibc

/// How one of the process's outputs may be written to: how wide, in colour or not, line by line or drawn over.
struct Screen: Sendable, Equatable {
    /// Columns; nil where it is no terminal: a file or a pipe gets whole lines.
    let width: Int?
    /// https://no-color.org and CLICOLOR=0 turn it off; nothing turns it on where there is no terminal.
    let isColored: Bool
    /// Whether a line can be drawn over.
    let canRedraw: Bool

    var isTerminal: Bool { width != nil }

    private static let defaultWidth = 80

    /// - Parameters:
    ///   - columns: what the terminal says; nil or 0: it does not know.
    ///   - environment: `COLUMNS` is what the user prefers (environ(7)); `TERM=dumb` can do nothing but text.
    init(isTerminal: Bool, columns: Int?, environment: [String: String]) {
        guard isTerminal else {
            (width, isColored, canRedraw) = (nil, false, false)
            return
        }
        let preferred = environment["COLUMNS"].flatMap { Int($0) }
        width = [preferred, columns].compactMap(\.self).first { $0 > 0 } ?? Self.defaultWidth
        canRedraw = !["", "dumb"].contains(environment["TERM"] ?? "")
        isColored = canRedraw && (environment["NO_COLOR"] ?? "").isEmpty && environment["CLICOLOR"] != "0"
    }

    static var standardOutput: Screen { Screen(descriptor: STDOUT_FILENO) }

    static var standardError: Screen { Screen(descriptor: STDERR_FILENO) }

    private init(descriptor: Int32) {
        var size = winsize()
        let isKnown = ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0
        self.init(
            isTerminal: isatty(descriptor) == 1,
            columns: isKnown ? Int(size.ws_col) : nil,
            environment: ProcessInfo.processInfo.environment
        )
    }

    func colored(_ text: String, _ tone: Tone?) -> String {
        guard isColored, let tone, !text.isEmpty else { return text }
        return tone.applied(to: text)
    }
}
