import Testing

@testable import Senders

@Suite("SMTP replies")
struct SMTPReplyParserTests {
    private func parse(_ text: String) throws -> SMTPReply? {
        var parser = SMTPReplyParser()
        parser.append(Array(text.utf8))
        return try parser.next()
    }

    @Test("a single line is a reply with its code and text")
    func singleLine() throws {
        #expect(try parse("250 2.1.0 Ok\r\n") == SMTPReply(code: 250, lines: ["2.1.0 Ok"]))
    }

    @Test("several lines are one reply")
    func multiLine() throws {
        #expect(
            try parse("250-one\r\n250-two\r\n250 three\r\n") == SMTPReply(code: 250, lines: ["one", "two", "three"])
        )
    }

    @Test("a bare line feed and a bare code are understood")
    func lenient() throws {
        #expect(try parse("250 ok\n") == SMTPReply(code: 250, lines: ["ok"]))
        #expect(try parse("354\r\n") == SMTPReply(code: 354, lines: [""]))
    }

    @Test("split at every byte, the same reply comes out, and only at the end")
    func everySplit() throws {
        let bytes = Array("250-mx.example.com\r\n250-PIPELINING\r\n250 2.0.0 done\r\n".utf8)
        for split in 0...bytes.count {
            var parser = SMTPReplyParser()
            parser.append(Array(bytes[..<split]))
            if split < bytes.count { #expect(try parser.next() == nil) }
            parser.append(Array(bytes[split...]))
            #expect(try parser.next()?.lines == ["mx.example.com", "PIPELINING", "2.0.0 done"])
            #expect(!parser.hasLeftover)
        }
    }

    @Test("two replies in one piece come out one after the other")
    func twoReplies() throws {
        var parser = SMTPReplyParser()
        parser.append(Array("250 a\r\n550 b\r\n35".utf8))
        #expect(try parser.next()?.code == 250)
        #expect(try parser.next()?.code == 550)
        #expect(try parser.next() == nil)
        #expect(parser.hasLeftover)
    }

    @Test(
        "what is no reply is malformed",
        arguments: [
            "hello\r\n", "25\r\n", "\r\n", "2500 x\r\n", "199 x\r\n", "600 x\r\n", "25x y\r\n", "250-a\r\n251 b\r\n",
        ]
    )
    func malformed(_ text: String) {
        #expect(throws: SMTPReplyParser.Malformed.self) { try parse(text) }
    }

    @Test("a line without end, and a reply without end, are given up at their bounds")
    func bounded() {
        #expect(throws: SMTPReplyParser.Malformed.self) { try parse("250 " + String(repeating: "x", count: 5000)) }
        #expect(throws: SMTPReplyParser.Malformed.self) {
            try parse("250 " + String(repeating: "x", count: 5000) + "\r\n")
        }
        #expect(throws: SMTPReplyParser.Malformed.self) { try parse(String(repeating: "250-x\r\n", count: 200)) }
    }

    @Test("bytes that are not UTF-8 do no harm")
    func notUTF8() throws {
        var parser = SMTPReplyParser()
        parser.append(Array("550 ".utf8) + [0xFF, 0xFE, 0x00] + Array("\r\n".utf8))
        #expect(try parser.next()?.code == 550)
    }

    @Test("an enhanced status counts only where it is one, of the reply's own class")
    func enhanced() {
        #expect(SMTPReply(code: 550, lines: ["5.1.1 no"]).enhancedStatus == .init(5, 1, 1))
        #expect(SMTPReply(code: 421, lines: ["4.3.2"]).enhancedStatus == .init(4, 3, 2))
        #expect(SMTPReply(code: 550, lines: ["5.1.999 no"]).enhancedStatus == .init(5, 1, 999))
        for text in ["4.1.1 no", "5.1 no", "5.1.1.1 no", "5.1.x no", "5..1 no", "no", "", "5.1.1000 no", "55.1.1 no"] {
            #expect(SMTPReply(code: 550, lines: [text]).enhancedStatus == nil)
        }
        #expect(SMTPReply(code: 550).enhancedStatus == nil)
    }
}
