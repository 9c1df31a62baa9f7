import DomainEvents
import Testing

@testable import Pipeline

@Suite("A folder of the user's over the built-in catalogue")
struct CatalogueOverlayTests {
    /// Two files as section 9 of the contract has them.
    static let contract = [
        "payment.completed/notification.yaml": """
        description: Receipt after a successful payment
        category: transactional
        channels: [email, sms]
        deliver: preferred
        dedupe: [paymentId]
        expires: 72h
        uncertain: {email: resend, sms: hold}
        enabled: true
        sensitive: []
        fields: {paymentId: id, userId: id, amount: money(currency), currency: currency, note: text?}
        """,
        "payment.completed/email.en.md": """
        ---
        subject: "Your payment of {{amount}}"
        preheader: "Reference {{paymentId}}"
        ---
        Hello {{#name}}{{name}}{{/name}}{{^name}}there{{/name}},

        we received **{{amount}}**. Reference: {{paymentId}}.
        """,
    ]

    static let definition = """
        category: transactional
        channels: [email, sms]
        fields: {paymentId: id, userId: id, amount: money(currency), currency: currency, orderNo: id}
        """

    @Test(
        "what the user changed on purpose is no problem",
        arguments: [
            contract,
            ["payment.completed/sms.en.txt": "Paid: {{amount}}"],
            ["_shared/layout.txt.mustache": "{{content}}\n-- \nOurCo\n"],
            ["payment.completed/samples/default.json": #"{"paymentId":"p","userId":1,"amount":5,"currency":"EUR"}"#],
            [
                "payment.completed/notification.yaml": """
                category: transactional
                channels: [email]
                fields: {paymentId: id, userId: id, amount: money(currency), currency: currency}
                """
            ],
            [
                "payment.completed/notification.yaml": definition,
                "payment.completed/samples/default.json":
                    #"{"paymentId":"p","userId":1,"amount":5,"currency":"EUR","orderNo":7}"#,
            ],
        ]
    )
    func changed(files: [String: String]) throws {
        #expect(try ScratchCatalogue(files).problems() == [])
    }

    @Test("a required field that the built-in samples lack is an error of each, which says what to do")
    func furtherField() throws {
        let found = try ScratchCatalogue(["payment.completed/notification.yaml": Self.definition]).problems()
        #expect(
            found.first == "built-in/payment.completed/samples/default.json: the event would be rejected: "
                + "shape.invalid: orderNo is missing; put a samples/default.json of yours beside your notification.yaml"
        )
        #expect(found.allSatisfy { $0.contains("/samples/") }, "\(found)")
    }

    @Test("golden files of the user's are compared, also with a built-in sample")
    func golden() throws {
        let folder = try ScratchCatalogue([
            "payment.completed/sms.en.txt": "Paid: {{amount}}",
            "payment.completed/expected/default.sms.en.txt": "Paid: €49.90",
        ])
        #expect(folder.problems() == [])
        try folder.write("payment.completed/expected/default.sms.en.txt", "Paid")
        #expect(
            folder.problems() == [
                "ROOT/payment.completed/expected/default.sms.en.txt:1: expected \"Paid\", is \"Paid: €49.90\""
            ]
        )
    }

    @Test("golden files of the types that nobody changed stay")
    func untouched() throws {
        let catalogue = try ScratchCatalogue(["payment.completed/sms.en.txt": "Paid: {{amount}}"]).load()
        let types = Set(catalogue.expected.keys.map { $0.prefix { $0 != "/" } })
        #expect(types == ["payment.failed", "user.password-reset", "user.signup"])
    }
}
