import FoundationEssentials
import Testing

@testable import DomainEvents

@Suite("Money")
struct MoneyTests {
    private func money(_ amount: String, _ currency: String) throws -> Money {
        let event = try Fixture.decodePayment(Fixture.paymentJSON(amount: amount, currency: "\"\(currency)\""))
        guard case .money(let money)? = event.fields["amount"] else {
            throw EventRejection(code: .moneyInvalid, message: "the amount is no money")
        }
        return money
    }

    @Test(
        "amounts are exact, as numbers and as texts",
        arguments: [
            ("19.99", "EUR", "19.99"), (#""19.99""#, "EUR", "19.99"), ("12345678901234.56", "EUR", "12345678901234.56"),
            (#""12345678901234.56""#, "USD", "12345678901234.56"), ("999999999999999999", "JPY", "999999999999999999"),
            ("0.1", "EUR", "0.1"), ("5", "EUR", "5"), ("5.00", "EUR", "5"), ("500", "JPY", "500"),
            ("500.0", "JPY", "500"),
            ("1.234", "KWD", "1.234"), ("0.001", "BHD", "0.001"), ("1.2345", "CLF", "1.2345"), ("2e3", "EUR", "2000"),
            ("0", "EUR", "0"), (#""007.50""#, "EUR", "7.5"), ("1999e-2", "EUR", "19.99"),
            (#""1e3""#, "EUR", "1000"), (#""1.999E1""#, "EUR", "19.99"), (#""1E+2""#, "JPY", "100"),
            (#""1999e-2""#, "EUR", "19.99"), (#""0E-10""#, "EUR", "0"),
        ]
    )
    func exact(amount: String, currency: String, expected: String) throws {
        let money = try money(amount, currency)
        #expect(money.amount == (try Decimal.exactly(expected)))
        #expect(money.currency.code == currency)
    }

    @Test(
        "the noise a float leaves is rounded away",
        arguments: [
            ("0.30000000000000004", "EUR", "0.3"), ("19.990000000000002", "EUR", "19.99"),
            ("19.989999999999998", "EUR", "19.99"), ("1.0000009", "JPY", "1"), ("99.9999999", "JPY", "100"),
            ("1.2340000000000002", "KWD", "1.234"), (#""0.30000000000000004""#, "EUR", "0.3"),
            ("-0.0000000001", "EUR", "0"),
            ("100.00000000000001", "EUR", "100"),
        ]
    )
    func noise(amount: String, currency: String, expected: String) throws {
        #expect(try money(amount, currency).amount == (try Decimal.exactly(expected)))
    }

    @Test(
        "more than noise, a negative amount, a huge one and what is no number are money.invalid",
        arguments: [
            ("19.999", "EUR"), ("19.990001", "EUR"), ("19.999999", "EUR"), ("1.5", "JPY"), ("1.000001", "JPY"),
            ("1.2345", "KWD"), ("1.23456", "CLF"), ("-1", "EUR"), ("-0.01", "EUR"), ("1000000000000000000", "EUR"),
            ("1e30", "EUR"), (#""""#, "EUR"), (#""1,50""#, "EUR"), (#""1.234,50""#, "EUR"), (#"" 1""#, "EUR"),
            (#""1e""#, "EUR"), (#""e3""#, "EUR"), (#""1.e2""#, "EUR"), (#""1e1.5""#, "EUR"), (#""1e+-2""#, "EUR"),
            (#""1e2e2""#, "EUR"), (#""1e0002""#, "EUR"), (#""1e999""#, "EUR"), (#""1e18""#, "EUR"),
            (#""0x1e2""#, "EUR"), (#""1e 2""#, "EUR"), (#""-1e2""#, "EUR"),
            (#""€5""#, "EUR"), (#""+5""#, "EUR"), (#""1.2.3""#, "EUR"), (#"".5""#, "EUR"),
            (#""5.""#, "EUR"), (#""-""#, "EUR"), (#""NaN""#, "EUR"), (#""١٢""#, "EUR"),
        ]
    )
    func invalid(amount: String, currency: String) throws {
        let json = Fixture.paymentJSON(amount: amount, currency: "\"\(currency)\"")
        #expect(try Fixture.paymentRejection(json).code == .moneyInvalid)
    }

    @Test("an amount or a currency of another JSON type is a wrong shape")
    func wrongType() throws {
        #expect(try Fixture.paymentRejection(Fixture.paymentJSON(amount: "true")).code == .shapeInvalid)
        #expect(try Fixture.paymentRejection(Fixture.paymentJSON(amount: #"{"value":1}"#)).code == .shapeInvalid)
        #expect(try Fixture.paymentRejection(Fixture.paymentJSON(currency: "978")).code == .shapeInvalid)
    }

    @Test(
        "an unknown currency is money.invalid",
        arguments: ["EURO", "EU", "XYZ", "XAU", "XXX", "DEM", "", "€", "ＥＵＲ"]
    )
    func unknownCurrency(code: String) throws {
        #expect(try Fixture.paymentRejection(Fixture.paymentJSON(currency: "\"\(code)\"")).code == .moneyInvalid)
    }

    @Test(
        "each currency has its own decimals",
        arguments: [
            ("JPY", 0), ("KRW", 0), ("CLP", 0), ("EUR", 2), ("USD", 2), ("CHF", 2), ("KWD", 3), ("TND", 3), ("CLF", 4),
            ("UYW", 4),
        ]
    )
    func decimals(code: String, decimals: Int) throws {
        #expect(try #require(Currency(code)).decimals == decimals)
    }

    @Test("a lower-case code is the same currency")
    func lowerCase() throws {
        #expect(Currency("eur") == Currency("EUR"))
        #expect(try #require(Currency("eur")).code == "EUR")
    }

    @Test("money whose currency is missing says which field it needs")
    func missingCurrency() throws {
        let schema = Fixture.schema([("amount", "money(currency)"), ("currency", "currency?")])
        let rejection = try Fixture.rejection(Fixture.message("a.b", #"{"amount":1}"#), schema)
        #expect(rejection.code == .moneyInvalid)
        #expect(rejection.message.contains("currency is missing"))
        #expect(schema.problems.count == 1)
        #expect(Fixture.payment.problems.isEmpty)
    }
}
