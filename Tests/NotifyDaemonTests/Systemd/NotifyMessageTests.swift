import Testing

@testable import NotifyDaemon

@Suite struct NotifyMessageTests {
    @Test("each field is a line, in the words of sd_notify(3)")
    func text() {
        #expect(NotifyMessage(state: .ready, status: "consuming").text == "READY=1\nSTATUS=consuming")
        #expect(NotifyMessage(state: .reloading(monotonic: 42)).text == "RELOADING=1\nMONOTONIC_USEC=42")
        let stopping = NotifyMessage(state: .stopping, status: "draining", extendTimeout: .milliseconds(1500))
        #expect(stopping.text == "STOPPING=1\nSTATUS=draining\nEXTEND_TIMEOUT_USEC=1500000")
        #expect(NotifyMessage(feedsWatchdog: true).text == "WATCHDOG=1")
        #expect(NotifyMessage().isEmpty && NotifyMessage().text.isEmpty)
    }

    @Test("a status with line feeds in it stays one line and becomes no message of its own")
    func injection() {
        #expect(NotifyMessage(status: "a\nSTOPPING=1\r\nb\u{7}").text == "STATUS=a; STOPPING=1; b\\u{7}")
    }

    @Test("a long status is cut where a character ends, within what systemd reads", arguments: 0...3)
    func cut(shift: Int) {
        let long = String(repeating: "x", count: shift) + String(repeating: "ä€😀", count: 400)
        let text = NotifyMessage(status: long).text.dropFirst("STATUS=".count)
        #expect(text.utf8.count <= NotifyMessage.longestStatus)
        #expect(text.utf8.count > NotifyMessage.longestStatus - 8)
        #expect(text.hasSuffix("…") && long.hasPrefix(text.dropLast()))
        let fits = String(repeating: "x", count: NotifyMessage.longestStatus)
        #expect(NotifyMessage(status: fits).text == "STATUS=" + fits)
    }

    @Test("durations are whole microseconds and never trap")
    func microseconds() {
        #expect(Duration.seconds(30).microseconds == 30_000_000)
        #expect(Duration.nanoseconds(2999).microseconds == 2)
        #expect(Duration.seconds(-1).microseconds == 0)
        #expect(Duration.seconds(Int64.max).microseconds == .max)
    }
}
