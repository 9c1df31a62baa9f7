/// Decides whether a recipient's name may be shown in a notification.
///
/// Sign-up forms are used to send other people's mailboxes a text of the sender's choice, most often a link; a name
/// that could be one is left out, and the notification greets neutrally.
public enum DisplayName {
    /// In Unicode scalars, so that stacked combining marks count.
    public static let maximumLength = 64

    /// The name as it may be shown, without blanks around it; nil where it must not be shown at all.
    public static func shown(_ name: String) -> String? {
        if isPlain(name) { return name }
        let scalars = trimmed(name.unicodeScalars)
        guard !scalars.isEmpty, scalars.count <= maximumLength else { return nil }
        guard !scalars.contains(where: isHidden) else { return nil }
        let text = String(String.UnicodeScalarView(scalars))
        guard !looksLikeURL(text), !hasDottedDomain(scalars) else { return nil }
        return text
    }

    /// Most names: ASCII letters in words, nothing that a rule below could be about.
    private static func isPlain(_ name: String) -> Bool {
        guard let first = name.utf8.first, let last = name.utf8.last, first != ASCII.space, last != ASCII.space,
            name.utf8.count <= maximumLength
        else { return false }
        return name.utf8.allSatisfy { ASCII.isLetter($0) || $0 == ASCII.space || $0 == ASCII.hyphen }
    }

    private static func trimmed(_ scalars: String.UnicodeScalarView) -> Substring.UnicodeScalarView {
        var rest = scalars[...]
        while let first = rest.first, first == " " { rest.removeFirst() }
        while let last = rest.last, last == " " { rest.removeLast() }
        return rest
    }

    /// Controls, line separators, and what changes the order or the look of text without being seen: bidirectional
    /// marks, embeddings and isolates, zero-width characters. Joiners (U+200C, U+200D) stay: Persian names need them.
    private static func isHidden(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .control, .lineSeparator, .paragraphSeparator, .surrogate, .privateUse, .unassigned: true
        case .format: scalar.value != 0x200C && scalar.value != 0x200D
        default: false
        }
    }

    /// What mail programs and telephones make links of.
    private static let linkMarks = [
        "://", "www.", "http:", "https:", "mailto:", "tel:", "sms:", "ftp:", "data:", "javascript:",
    ]

    private static func looksLikeURL(_ text: String) -> Bool {
        let lower = text.lowercased()
        return linkMarks.contains { lower.contains($0) }
    }

    /// A dot with a letter or digit right before it and two or more, or a lone digit, right after: `evil.example`,
    /// `10.0.0.1`, not `J.R.R. Tolkien`. Mail programs make links of these, also with the full stops that IDNA treats as dots.
    private static func hasDottedDomain(_ scalars: Substring.UnicodeScalarView) -> Bool {
        let visible = scalars.filter { $0.properties.generalCategory != .format }
        var index = visible.startIndex
        while index < visible.endIndex {
            defer { visible.formIndex(after: &index) }
            guard isDot(visible[index]), index > visible.startIndex, isWord(visible[visible.index(before: index)])
            else {
                continue
            }
            let after = visible[visible.index(after: index)...].prefix(while: isWord)
            if after.count >= 2 || after.first?.properties.numericType != nil { return true }
        }
        return false
    }

    private static func isDot(_ scalar: Unicode.Scalar) -> Bool {
        scalar == "." || scalar == "\u{3002}" || scalar == "\u{FF0E}" || scalar == "\u{FF61}"
    }

    private static func isWord(_ scalar: Unicode.Scalar) -> Bool {
        scalar.properties.isAlphabetic || scalar.properties.numericType != nil
    }
}
