import FoundationEssentials
import Glibc

/// The process's outputs, unbuffered: a line is out when the call returns.
enum StandardStreams {
    static func print(_ line: String) {
        write(line + "\n", to: STDOUT_FILENO)
    }

    /// As wide and as coloured as standard output may be.
    ///
    /// - Parameter newest: only so many rows at the end, in the columns of all; nil: all, with their titles.
    static func print(_ table: TextTable, newest: Int? = nil) {
        let screen = Screen.standardOutput
        let lines = table.lines(width: screen.width, isColored: screen.isColored)
        for line in newest.map(lines.suffix) ?? lines[...] { print(line) }
    }

    static func printError(_ line: String) {
        write(line + "\n", to: STDERR_FILENO)
    }

    /// Beside a result: what there is none of, what was left out. Never among the result's own lines.
    static func printNote(_ text: String) {
        printError(Screen.standardError.colored(PrintableText.escaped(text), .aside))
    }

    /// What to type next; only where a person reads the result.
    static func printHint(_ text: String) {
        guard Screen.standardOutput.isTerminal, Screen.standardError.isTerminal else { return }
        printNote(text)
    }

    static func printBytes(_ bytes: [UInt8]) {
        write(bytes[...], to: STDOUT_FILENO)
    }

    /// Without a line's end: what is drawn over again.
    static func draw(_ text: String) {
        write(text, to: STDERR_FILENO)
    }

    private static func write(_ text: String, to descriptor: Int32) {
        write(Array(text.utf8)[...], to: descriptor)
    }

    private static func write(_ bytes: ArraySlice<UInt8>, to descriptor: Int32) {
        var rest = bytes
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { return gaveUp(descriptor, errno) }
            rest = rest.dropFirst(count)
        }
    }

    /// A reader that has seen enough (`notifyd log | head`) ends the command in silence, as SIGPIPE would; a result that
    /// cannot be written is a failure; an error that cannot be written has nobody to tell.
    private static func gaveUp(_ descriptor: Int32, _ code: Int32) {
        guard descriptor == STDOUT_FILENO else { return }
        if code == EPIPE { ProcessEnding.bySignal(SIGPIPE) }
        printError("notifyd: standard output cannot be written: \(String(cString: strerror(code)))")
        _exit(ExitStatus.failed.rawValue)
    }
}
