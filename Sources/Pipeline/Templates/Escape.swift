/// How a value is written at its place, so that it reads as it is and can be nothing but text there.
enum Escape: Sendable, CaseIterable {
    /// HTML text and quoted HTML attributes.
    case html
    /// A header: one line.
    case line
    /// The text part.
    case plain
    /// An SMS: as `plain`, and with the blanks and apostrophes of number formats as plain ones, which GSM-7 has.
    case sms
    /// A link's beginning, in HTML: must be an http, https or mailto address.
    case link
    /// The same in the text part.
    case textLink
    /// What follows in a link, percent-encoded; HTML or text.
    case linkPart
    /// The address behind `mailto:` or the number behind `tel:`: as `linkPart`, and `@` and `+` stay.
    case linkAddress

    func apply(_ value: String) -> String {
        switch self {
        case .html: HTMLEscape.apply(VisibleText.of(value))
        case .line: VisibleText.line(value)
        case .plain: VisibleText.of(value)
        case .sms: VisibleText.withPlainSeparators(VisibleText.of(value))
        case .link: HTMLEscape.apply(LinkText.encode(value))
        case .textLink: LinkText.encode(value)
        case .linkPart: LinkText.encodePart(value)
        case .linkAddress: LinkText.encodeAddress(value)
        }
    }
}
