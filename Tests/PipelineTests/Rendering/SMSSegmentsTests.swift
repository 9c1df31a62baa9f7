import DomainEvents
import Testing

@testable import Pipeline

@Suite("SMS segments")
struct SMSSegmentsTests {
    @Test(
        "GSM-7 has 160 septets in one segment and 153 in each of several",
        arguments: [
            (0, 1), (1, 1), (160, 1), (161, 2), (306, 2), (307, 3), (459, 3), (460, 4),
        ]
    )
    func gsm7(length: Int, count: Int) {
        let segments = SMSSegments(String(repeating: "a", count: length))
        #expect(segments.alphabet == .gsm7)
        #expect(segments.units == length)
        #expect(segments.count == count)
    }

    @Test(
        "UCS-2 has 70 units in one segment and 67 in each of several",
        arguments: [
            (70, 1), (71, 2), (134, 2), (135, 3),
        ]
    )
    func ucs2(length: Int, count: Int) {
        let segments = SMSSegments(String(repeating: "я", count: length))
        #expect(segments.alphabet == .ucs2)
        #expect(segments.count == count)
    }

    @Test("each character of the extension table counts two", arguments: Array("^{}\\[~]|€"))
    func extensionTable(character: Character) {
        let segments = SMSSegments(String(repeating: character, count: 80))
        #expect(segments == SMSSegments(String(repeating: "ab", count: 80)))
        #expect(SMSSegments(String(repeating: character, count: 81)).count == 2)
    }

    @Test("an escape sequence is not split between two segments")
    func escapeAtTheEdge() {
        // 152 + the escape does not fit 153; so does the second segment's, and a third is needed.
        let text = String(repeating: "a", count: 152) + "€" + String(repeating: "a", count: 150) + "€" + "a"
        #expect(SMSSegments(text).units == 307)
        #expect(SMSSegments(text).count == 3)
        let twice = String(repeating: String(repeating: "a", count: 152) + "€", count: 2)
        #expect(SMSSegments(twice).units == 308)
        #expect(SMSSegments(String(repeating: "a", count: 152) + "€" + String(repeating: "a", count: 152)).units == 306)
        #expect(SMSSegments(String(repeating: "a", count: 152) + "€" + String(repeating: "a", count: 152)).count == 3)
    }

    @Test("a surrogate pair is not split between two segments")
    func surrogatesAtTheEdge() {
        let text = String(repeating: "я", count: 66) + "😀" + String(repeating: "я", count: 66)
        #expect(SMSSegments(text).units == 134)
        #expect(SMSSegments(text).count == 3)
        #expect(SMSSegments(String(repeating: "😀", count: 35)).count == 1)
        #expect(SMSSegments(String(repeating: "😀", count: 36)).count == 2)
    }

    @Test("umlauts and Greek capitals are GSM-7, a typographic quote is not")
    func alphabets() {
        #expect(SMSSegments("Grüße: ÄÖÜäöüß ΔΦΓΛΩΠΨΣΘΞ @£$¥\n").alphabet == .gsm7)
        #expect(SMSSegments("it’s").alphabet == .ucs2)
        #expect(SMSSegments("ç").alphabet == .ucs2)
    }

    @Test("a message over sms.maxSegments is a failure, at run time and in check")
    func maximum() throws {
        var fixture = CatalogueFixture(sms: String(repeating: "a", count: 161))
        fixture.options.maximumSegments = 1
        let failure = #expect(throws: RenderFailure.self) { try fixture.sms() }
        #expect(failure?.code == .templateSegments)
        let problems = try fixture.load().check()
        #expect(problems.map(\.file) == ["order.shipped/samples/default.json"])
        #expect(problems.first?.message.contains("template.segments") == true)
        fixture.options.maximumSegments = 2
        #expect(try fixture.render(.sms).content == .sms(text: String(repeating: "a", count: 161), segments: 2))
    }
}
