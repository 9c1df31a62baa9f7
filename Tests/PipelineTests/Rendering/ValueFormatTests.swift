import DomainEvents
import FoundationEssentials
import Testing

@testable import Pipeline

@Suite("Amounts and times as the recipient reads them")
struct ValueFormatTests {
    private func money(_ amount: String, _ code: String, _ locale: String, message: String? = nil) throws -> String {
        let currency = try #require(Currency(code))
        let money = try Money(try #require(Decimal(string: amount)), currency)
        return ValueFormat(message: message ?? locale, recipient: locale, timeZones: []).text(money)
            .replacing("\u{A0}", with: " ")
    }

    @Test("money has the currency's own decimals, in the recipient's locale")
    func money() throws {
        #expect(try money("19.99", "EUR", "en") == "€19.99")
        #expect(try money("19.99", "EUR", "de") == "19,99 €")
        #expect(try money("5", "EUR", "de") == "5,00 €")
        #expect(try money("1234", "JPY", "en") == "¥1,234")
        #expect(try money("1234.567", "KWD", "en") == "KWD 1,234.567")
        #expect(try money("12345678901234.56", "EUR", "de") == "12.345.678.901.234,56 €")
        #expect(try money("123456789012345678", "JPY", "en") == "¥123,456,789,012,345,678")
    }

    @Test("numbers follow the recipient's region only where the message has the recipient's language")
    func region() throws {
        #expect(try money("1234.5", "EUR", "de-AT", message: "de") == "€ 1.234,50")
        #expect(
            try money("1234.5", "EUR", "de-CH", message: "de") == "€ 1’234.50"
                || money("1234.5", "EUR", "de-CH", message: "de") == "EUR 1’234.50"
        )
        #expect(try money("1234.5", "EUR", "fr", message: "en") == "€1,234.50")
    }

    @Test("a time is shown with its zone, in the recipient's, else in catalogue.timezone, else in UTC")
    func times() {
        let date = Date(timeIntervalSince1970: 1_768_469_400)
        func text(_ locale: String, _ zones: String?...) -> String {
            ValueFormat(message: locale, recipient: nil, timeZones: zones).text(date)
                .replacing("\u{202F}", with: " ")
        }
        #expect(text("en", "Europe/Berlin") == "January 15, 2026 at 10:30 AM GMT+1")
        #expect(text("de", nil, "Europe/Berlin") == "15. Januar 2026 um 10:30 MEZ")
        #expect(text("en", "No/Where", "UTC").hasPrefix("January 15, 2026 at 9:30 AM"))
        #expect(text("en", "No/Where").hasPrefix("January 15, 2026 at 9:30 AM"))
    }

    @Test("an SMS gets plain blanks, so that an amount does not make it UCS-2")
    func plainBlanks() throws {
        var fixture = CatalogueFixture()
        fixture["sms.de.txt"] = "Betrag {{amount}}, {{at}}"
        let amount = try Money(20, try #require(Currency("EUR")))
        let text = try fixture.sms(
            fields: ["amount": .money(amount), "at": .time(Catalogue.sampleTime)],
            recipient: Recipient(locale: "de")
        )
        #expect(text.hasPrefix("Betrag 20,00 €, 15. Januar 2026"))
        #expect(SMSSegments(text).alphabet == .gsm7)
    }

    @Test("thousands of a Swiss amount do not make an SMS UCS-2, and an apostrophe elsewhere stays")
    func plainApostrophes() throws {
        var fixture = CatalogueFixture()
        fixture["sms.de.txt"] = "Betrag {{amount}}{{#note}}, {{note}}{{/note}}"
        let amount = try Money(try #require(Decimal(string: "1234567.5")), try #require(Currency("CHF")))
        let recipient = Recipient(locale: "de-CH")
        let text = try fixture.sms(fields: ["amount": .money(amount)], recipient: recipient)
        #expect(text.contains("1'234'567.50"))
        #expect(SMSSegments(text).alphabet == .gsm7)
        let note = try fixture.sms(
            fields: ["amount": .money(amount), "note": .text("geht’s")],
            recipient: recipient
        )
        #expect(note.hasSuffix("geht’s"))
    }
}
