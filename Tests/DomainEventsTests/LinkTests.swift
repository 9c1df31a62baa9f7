import Testing

@testable import DomainEvents

@Suite("Links")
struct LinkTests {
    private let listed = LinkPolicy(
        hosts: ["App.example.com"],
        passwordReset: "https://app.example.com/reset?token={token}&x=1"
    )

    private func reset(_ json: String, links: LinkPolicy) throws -> DomainEvent {
        try Fixture.decode(Fixture.message(EventDecoder.passwordReset, json), Fixture.reset, links: links)
    }

    private func resetRejection(_ json: String, links: LinkPolicy) throws -> EventRejection {
        try Fixture.rejection(Fixture.message(EventDecoder.passwordReset, json), Fixture.reset, links: links)
    }

    @Test(
        "https links to a listed host pass",
        arguments: [
            "https://app.example.com", "https://app.example.com/a?b=c&d=%20#e", "HTTPS://APP.EXAMPLE.COM/",
            "https://app.example.com:8443/",
            "https://app.example.com./x", "https://app.example.com/@x", "https://app.example.com?x@y",
        ]
    )
    func allowed(link: String) {
        #expect(listed.problem(with: link) == nil)
    }

    @Test(
        "links elsewhere, not by https, or with a user name are link.host",
        arguments: [
            "http://app.example.com/", "https://evil.example/", "https://app.example.com.evil.example/",
            "https://evil.example/app.example.com", "https://app.example.com@evil.example/",
            "https://user@app.example.com/",
            "https://user:pw@app.example.com/", "javascript:alert(1)", "data:text/html,x", "https:app.example.com",
            "https:///x",
            "https://", "https://:443/", "https://app.example.com:x/", "https://app..example.com/",
            "https://xapp.example.com/",
            "https://аpp.example.com/", "https://%61pp.example.com/", "https://[::1]/", "ftp://app.example.com/",
        ]
    )
    func elsewhere(link: String) {
        #expect(listed.problem(with: link)?.code == .linkHost)
    }

    @Test(
        "what is no link is a wrong shape",
        arguments: [
            "", "foo", "//app.example.com/", "/reset", "app.example.com", "https://app.example.com/a b",
            "https://app.example.com/\n", "https://app.example.com\\@evil.example/", "https://app.example.com/\"x",
            "https://app.example.com/<x>", "https://app.example.com/\u{202E}x", " https://app.example.com/",
            "ht tps://a/",
        ]
    )
    func noLink(link: String) {
        #expect(listed.problem(with: link)?.code == .shapeInvalid)
    }

    @Test("without a list any host passes, by https only")
    func anyHost() {
        #expect(LinkPolicy.any.problem(with: "https://anything.example/") == nil)
        #expect(LinkPolicy.any.problem(with: "https://[2001:db8::1]:8443/x") == nil)
        #expect(LinkPolicy.any.problem(with: "http://anything.example/")?.code == .linkHost)
    }

    @Test("a password reset has its link checked")
    func resetUrl() throws {
        let event = try reset(#"{"userId":1,"resetUrl":"https://app.example.com/r?t=1"}"#, links: listed)
        #expect(event.fields["resetUrl"] == .url("https://app.example.com/r?t=1"))
        let elsewhere = try resetRejection(#"{"userId":1,"resetUrl":"https://evil.example/r"}"#, links: listed)
        #expect(elsewhere.code == .linkHost)
        #expect(!elsewhere.message.contains("evil"))
    }

    @Test("a token becomes a link, percent-encoded")
    func token() throws {
        let event = try reset(#"{"userId":1,"token":"a b&c=d/é~#?"}"#, links: listed)
        let link = "https://app.example.com/reset?token=a%20b%26c%3Dd%2F%C3%A9~%23%3F&x=1"
        #expect(event.fields["resetUrl"] == .url(link))
        #expect(event.payload["resetUrl"] == .string(link))
    }

    @Test("a token without a template stays a token; the link is what rendering then lacks")
    func noTemplate() throws {
        let event = try reset(#"{"userId":1,"token":"abc"}"#, links: .any)
        #expect(event.fields["resetUrl"] == nil)
        #expect(event.fields["token"] == .text("abc"))
    }

    @Test("the event's own link wins over its token")
    func both() throws {
        let event = try reset(#"{"userId":1,"token":"abc","resetUrl":"https://app.example.com/own"}"#, links: listed)
        #expect(event.fields["resetUrl"] == .url("https://app.example.com/own"))
    }

    @Test(
        "a password reset with neither, or with an empty token, is a wrong shape",
        arguments: [
            #"{"userId":1}"#, #"{"userId":1,"token":null,"resetUrl":null}"#, #"{"userId":1,"token":""}"#,
            #"{"userId":1,"token":5}"#,
        ]
    )
    func neither(json: String) throws {
        #expect(try resetRejection(json, links: listed).code == .shapeInvalid)
    }
}
