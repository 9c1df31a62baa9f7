import Testing

@testable import DomainEvents

@Suite("Addresses")
struct AddressTests {
    @Test(
        "ordinary and internationalised mail addresses",
        arguments: [
            "anna@example.com", "a.b+c@sub.example.co.uk", "o'brien@example.ie", "#!$%&'*+-/=?^_`{}|~@example.org",
            "用户@例子.广告", "jörg@müller.example", "x@xn--mller-kva.example", "1@2.example", "a@b", "ANNA@EXAMPLE.COM",
        ]
    )
    func emails(text: String) throws {
        #expect(EmailAddress.problem(with: text) == nil)
        #expect(try #require(EmailAddress(text)).value == text)
    }

    @Test("SMTPUTF8 is needed for any non-ASCII")
    func smtpUTF8() throws {
        #expect(try #require(EmailAddress("jörg@example.com")).needsSMTPUTF8)
        #expect(try #require(EmailAddress("joerg@müller.example")).needsSMTPUTF8)
        #expect(!(try #require(EmailAddress("joerg@example.com")).needsSMTPUTF8))
    }

    @Test(
        "what is not one addr-spec is refused",
        arguments: [
            "", "anna", "@example.com", "anna@", "a@b@c", "a,b@example.com", "anna@example.com,eve@example.com",
            "anna@example.com, eve@example.com", "<anna@example.com>", "Anna <anna@example.com>", "anna@example.com>",
            "anna @example.com", " anna@example.com", "anna@example.com ", "anna@exa mple.com",
            "an\u{A0}na@example.com",
            "anna@example.com\r\nBcc: eve@example.com", "anna\n@example.com", "anna@example.com\u{0}",
            "anna\t@example.com",
            "\"anna\"@example.com", "\"a b\"@example.com", "anna@[127.0.0.1]", "anna(x)@example.com",
            "anna;eve@example.com",
            "anna:eve@example.com", "anna\\@example.com", ".anna@example.com", "anna.@example.com",
            "an..na@example.com",
            "anna@.example.com", "anna@example..com", "anna@example.com.", "anna@-example.com", "anna@example-.com",
            "anna@exam_ple.com", "anna@example.com/x", "an\u{202E}na@example.com", "an\u{200B}na@example.com",
            "anna@exam\u{2028}ple.com", "anna@example\u{3000}.com", "an\u{7F}na@example.com", "an\u{85}na@example.com",
        ]
    )
    func notEmails(text: String) {
        #expect(EmailAddress(text) == nil)
        #expect(EmailAddress.problem(with: text) != nil)
    }

    @Test("lengths: 64 octets before @, 63 a label, 254 in all")
    func lengths() {
        let local = String(repeating: "a", count: 64)
        let label = String(repeating: "b", count: 63)
        #expect(EmailAddress("\(local)@example.com") != nil)
        #expect(EmailAddress("a\(local)@example.com") == nil)
        #expect(EmailAddress("a@\(label).com") != nil)
        #expect(EmailAddress("a@b\(label).com") == nil)
        let domain = "\(label).\(label).\(String(repeating: "c", count: 61))"
        #expect("\(local)@\(domain)".utf8.count == 254)
        #expect(EmailAddress("\(local)@\(domain)") != nil)
        #expect(EmailAddress("\(local)@\(domain)c") == nil)
    }

    @Test("E.164 numbers", arguments: ["+4915112345678", "+1234567", "+123456789012345", "+15005550006"])
    func phones(text: String) throws {
        #expect(try #require(PhoneNumber(text)).value == text)
    }

    @Test(
        "what is not E.164 is refused",
        arguments: [
            "", "+", "4915112345678", "004915112345678", "+049151123456", "+123456", "+1234567890123456",
            "+49 151 12345678",
            "+49-151-12345678", "+49(0)15112345678", "+4915112345678 ", " +4915112345678", "++4915112345678",
            "+49151x345678",
            "+٤٩١٥١١٢٣٤٥", "+4915112345678\n", "+4915112345678\u{0}",
        ]
    )
    func notPhones(text: String) {
        #expect(PhoneNumber(text) == nil)
        #expect(PhoneNumber.problem(with: text) != nil)
    }

    @Test("reasons never repeat the address")
    func silentReasons() throws {
        #expect(!(try #require(EmailAddress.problem(with: "secret<x@y.example")).contains("secret")))
        #expect(!(try #require(PhoneNumber.problem(with: "+4917x")).contains("4917")))
    }
}

@Suite("Names, locales, time zones")
struct ContactValueTests {
    @Test(
        "names of people are shown",
        arguments: [
            "Anna", "Anna-Lena O'Brien", "José García", "J.R.R. Tolkien", "Dr. Smith", "Nguyễn Thị Minh Khai", "李小龍",
            "علی\u{200C}رضا", "Martin Luther King, Jr.", "X Æ A-12", "Müller & Söhne", "Ng",
        ]
    )
    func names(name: String) {
        #expect(DisplayName.shown(name) == name)
    }

    @Test("a name is shown without blanks around it")
    func trimmed() {
        #expect(DisplayName.shown("  Anna ") == "Anna")
    }

    @Test(
        "a name that could be somebody's message is not shown",
        arguments: [
            "", "   ", "http://evil.example", "You won! evil.example", "Visit EVIL.COM now", "www.evil", "https:x",
            "bit.ly/abc",
            "evil。com", "evil．com", "evil｡com", "evil.\u{200C}com", "10.0.0.1", "a@evil.example", "Anna\nBcc: x",
            "Anna\u{0}",
            "Anna\tB", "\u{202E}annA", "An\u{2066}na", "An\u{200B}na", "An\u{200F}na", "An\u{61C}na", "An\u{2028}na",
            "An\u{AD}na", "\u{FEFF}Anna", "An\u{85}na", "mailto:a", "пример.рф",
            "javascript:alert(1)", "Anna JavaScript:x", "DATA:text/html,x", "sms:+491511", "ftp:a",
        ]
    )
    func notNames(name: String) {
        #expect(DisplayName.shown(name) == nil)
    }

    @Test("64 characters are shown, 65 are not, and combining marks count")
    func length() {
        #expect(DisplayName.shown(String(repeating: "a", count: 64)) != nil)
        #expect(DisplayName.shown(String(repeating: "a", count: 65)) == nil)
        #expect(DisplayName.shown("a" + String(repeating: "\u{301}", count: 64)) == nil)
    }

    @Test("a name that must not be shown is removed from what a contact stores")
    func storableName() {
        #expect(ContactFields(name: .value("evil.example")).storable.name == .removed)
        #expect(ContactFields(name: .value("Anna")).storable.name == .value("Anna"))
        #expect(ContactFields(name: .removed).storable.name == .removed)
        #expect(ContactFields().storable.isEmpty)
    }

    @Test("locale, channel and time zone are stored where they can exist")
    func storable() {
        let fields = ContactFields(
            locale: .value("de_at"),
            preferredChannel: .value("pigeon"),
            timezone: .value("Europe/Vienna")
        ).storable
        #expect(fields.locale == .value("de-AT"))
        #expect(fields.preferredChannel == .absent)
        #expect(fields.timezone == .value("Europe/Vienna"))
    }

    @Test(
        "language tags in BCP 47's case, with their fallbacks",
        arguments: [
            ("de", ["de"]), ("de-AT", ["de-AT", "de"]), ("DE_at", ["de-AT", "de"]),
            ("zh-hant-tw", ["zh-Hant-TW", "zh-Hant", "zh"]), ("es-419", ["es-419", "es"]),
        ]
    )
    func locales(text: String, fallbacks: [String]) throws {
        #expect(try #require(LocaleTag(text)).fallbacks == fallbacks)
    }

    @Test(
        "what is no language tag",
        arguments: ["", "d", "deutsch", "de-", "-de", "de--AT", "../de", "de/AT", "dé", "de-AT\n"]
    )
    func notLocales(text: String) {
        #expect(LocaleTag(text) == nil)
    }

    @Test(
        "names of time zones",
        arguments: ["UTC", "Europe/Berlin", "America/Argentina/Salta", "Etc/GMT+5", "EST5EDT"]
    )
    func timeZones(text: String) {
        #expect(TimeZoneName(text)?.value == text)
    }

    @Test(
        "what is no time zone",
        arguments: [
            "", "../etc/passwd", "/etc/localtime", "Europe/", "Europe//Berlin", "a/b/c/d", "Europe/Ber lin", "+01:00",
            "Zoné",
        ]
    )
    func notTimeZones(text: String) {
        #expect(TimeZoneName(text) == nil)
    }
}
