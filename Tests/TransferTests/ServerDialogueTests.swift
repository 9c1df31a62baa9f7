import CurlShim
import Testing

@testable import Transfer

@Suite("What an SMTP server says while its session opens")
struct ServerDialogueTests {
    private func dialogue(_ lines: String...) -> ServerDialogue {
        var dialogue = ServerDialogue()
        for line in lines {
            let isTaken = dialogue.append(Array((line + "\r\n").utf8))
            #expect(isTaken)
        }
        return dialogue
    }

    @Test("capabilities are the last EHLO's, without its first line, in upper case")
    func lastEHLO() {
        let dialogue = dialogue(
            "220-hello",
            "220 there",
            "250-mail.example",
            "250-STARTTLS",
            "250 SIZE 10",
            "220 go",
            "250-mail.example",
            "250-Pipelining",
            "250 size 20",
            "334 ",
            "235 2.7.0 welcome"
        )
        #expect(dialogue.capabilities == ["PIPELINING", "SIZE 20"])
        #expect(dialogue.isAuthenticated)
        #expect(dialogue.lines.count == 11)
        #expect(dialogue.lastReply == .init(code: 235, text: "2.7.0 welcome"))
    }

    @Test("the lines of one reply are joined, two replies of one code are not")
    func replies() {
        #expect(
            dialogue("554-5.7.1 no", "554-not", "554 ever").lastReply == .init(code: 554, text: "5.7.1 no not ever")
        )
        #expect(dialogue("220 a", "220 b").lastReply == .init(code: 220, text: "b"))
        #expect(dialogue("421").lastReply == .init(code: 421, text: ""))
    }

    @Test("a single-line answer to HELO has no capabilities")
    func helo() {
        #expect(dialogue("220 hi", "502 what", "250 mail.example").capabilities.isEmpty)
    }

    @Test(
        "lines that are no replies change nothing",
        arguments: ["", "hello", "25", "2500 x", "25x y", "٢٥٠ x", "250x"]
    )
    func junk(line: String) {
        #expect(dialogue("220 hi", line).lastReply == .init(code: 220, text: "hi"))
    }

    @Test("a server that talks without end is cut off")
    func bounded() {
        var dialogue = ServerDialogue()
        let line = [UInt8](repeating: 0x61, count: 1000)
        let taken = (0..<100).count { _ in dialogue.append(line) }
        #expect(taken == ServerDialogue.maximumBytes / 1000)
    }
}

@Suite("Kinds of failure when a session cannot be opened")
struct OpeningFailureTests {
    @Test("a 4xx or 5xx decides over a closed connection or an odd reply; not over login, timeout or TLS itself")
    func table() {
        let refusal = TransferFailure.ServerReply(code: 421, text: "busy")
        let welcome = TransferFailure.ServerReply(code: 220, text: "hi")
        #expect(FailureKind.ofOpening(CURLE_WEIRD_SERVER_REPLY, lastReply: refusal) == .refused)
        #expect(FailureKind.ofOpening(CURLE_WEIRD_SERVER_REPLY, lastReply: welcome) == .badAnswer)
        #expect(FailureKind.ofOpening(CURLE_RECV_ERROR, lastReply: refusal) == .refused)
        #expect(FailureKind.ofOpening(CURLE_RECV_ERROR, lastReply: welcome) == .closed)
        #expect(FailureKind.ofOpening(CURLE_RECV_ERROR, lastReply: nil) == .closed)
        #expect(FailureKind.ofOpening(CURLE_USE_SSL_FAILED, lastReply: refusal) == .refused)
        #expect(FailureKind.ofOpening(CURLE_USE_SSL_FAILED, lastReply: welcome) == .tls)
        #expect(FailureKind.ofOpening(CURLE_PEER_FAILED_VERIFICATION, lastReply: welcome) == .tls)
        #expect(FailureKind.ofOpening(CURLE_LOGIN_DENIED, lastReply: refusal) == .login)
        #expect(FailureKind.ofOpening(CURLE_OPERATION_TIMEDOUT, lastReply: refusal) == .timeout)
        #expect(FailureKind.ofOpening(CURLE_COULDNT_RESOLVE_HOST, lastReply: nil) == .dns)
        #expect(FailureKind.ofOpening(CURLE_COULDNT_CONNECT, lastReply: nil) == .connect)
        #expect(FailureKind.ofOpening(CURLE_REMOTE_ACCESS_DENIED, lastReply: refusal) == .refused)
    }
}
