import DomainEvents
import FoundationEssentials
import FoundationInternationalization

/// Writes amounts, numbers and times as the recipient reads them.
struct ValueFormat: Sendable {
    private let locale: Locale
    private let timeZone: TimeZone

    /// - Parameters:
    ///   - message: the locale of the message's template.
    ///   - recipient: the recipient's own; used where it is of the message's language (`de-AT` for `de`), so that an
    ///     English message shows no French numbers.
    ///   - timeZones: IANA names, the first that exists counts; UTC where none does.
    init(message: String, recipient: String?, timeZones: [String?]) {
        let language = message.prefix { $0 != "-" }
        let tag = recipient.flatMap { LocaleTag($0)?.value } ?? message
        locale = Locale(identifier: tag.prefix { $0 != "-" } == language ? tag : message)
        timeZone = timeZones.lazy.compactMap { $0.flatMap { TimeZone(identifier: $0) } }.first ?? .gmt
    }

    func value(_ field: FieldValue) -> TemplateValue {
        switch field {
        case .id(let text), .text(let text), .url(let text): .text(text)
        case .money(let money): .text(text(money))
        case .currency(let currency): .text(currency.code)
        case .time(let date): .text(text(date))
        case .number(let number): .text(number.formatted(.number.locale(locale)))
        case .boolean(let flag): .flag(flag)
        case .list(let elements): .list(elements.map { TemplateScope.of($0) })
        }
    }

    /// With the currency's own number of decimals: JPY 0, EUR 2, KWD 3.
    func text(_ money: Money) -> String {
        money.amount.formatted(
            .currency(code: money.currency.code).precision(.fractionLength(money.currency.decimals)).locale(locale)
        )
    }

    /// A long date, hours and minutes, and the zone: a time without its zone is a guess in a mail.
    func text(_ date: Date) -> String {
        date.formatted(
            Date.FormatStyle(locale: locale, calendar: Calendar(identifier: .gregorian), timeZone: timeZone)
                .year().month(.wide).day().hour().minute().timeZone()
        )
    }
}
