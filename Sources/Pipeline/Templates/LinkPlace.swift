/// How far a link's target is written at the place of a value, which decides the value's escape.
struct LinkPlace: Sendable, Equatable {
    /// Nothing is written: a value here is a whole address.
    static let start = LinkPlace(written: "")
    /// Within the target or behind it: a value here is a part.
    static let part = LinkPlace(written: nil)

    /// Behind these stands one address or one number, and nothing else.
    private static let addressSchemes = ["mailto:", "tel:"]

    /// The target so far, in lower case, while it can become one of `addressSchemes`; nil afterwards.
    private var written: String?

    mutating func read(_ text: String) {
        for byte in text.utf8 { read(byte) }
    }

    mutating func read(_ byte: UInt8) {
        guard let before = written else { return }
        let isUpper = byte >= UInt8(ascii: "A") && byte <= UInt8(ascii: "Z")
        let longer = before + String(decoding: [isUpper ? byte | 0x20 : byte], as: UTF8.self)
        written = Self.addressSchemes.contains { $0.hasPrefix(longer) } ? longer : nil
    }

    /// The escape of a value that is written here.
    ///
    /// - Parameter whole: what a whole address gets: `.link` in HTML, `.textLink` in the text part.
    mutating func placeVariable(whole: Escape) -> Escape {
        let before = written
        written = nil
        guard let before else { return .linkPart }
        if before.isEmpty { return whole }
        return Self.addressSchemes.contains(before) ? .linkAddress : .linkPart
    }

    /// Behind both halves of a section, one of which ended here and the other there, since only one of them is shown.
    func joined(with other: LinkPlace) -> LinkPlace {
        self == other ? self : .part
    }
}
