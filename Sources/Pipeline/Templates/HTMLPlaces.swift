/// Follows written HTML (a layout, an overriding HTML part) and knows at each tag which escape its place needs.
///
/// No HTML parser: enough of one to tell text from attributes, and to refuse every place where no escape is safe.
struct HTMLPlaces: Equatable {
    private enum State: Equatable {
        case text
        /// `<style>` and `<script>`, until their end tag.
        case raw(element: String)
        case comment
        /// After `<`, in the element's name.
        case element(String)
        /// Within `<…>` after the element's name, outside a quoted value.
        case tag(element: String, attribute: String, isNameOpen: Bool)
        case value(element: String, attribute: String, quote: UInt8, place: LinkPlace)
    }

    private var state = State.text
    /// The last bytes, to see `<!--`, `-->` and `</style` in.
    private var recent: [UInt8] = []

    /// Attributes whose value is an address.
    private static let linkAttributes: Set<String> = [
        "href", "src", "action", "formaction", "background", "cite", "poster", "data", "longdesc", "xlink:href",
    ]
    /// Attributes whose value is a program or a document of its own.
    private static let closedAttributes: Set<String> = ["style", "srcdoc", "srcset", "ping", "imagesrcset"]

    /// Whether this is between elements, where whole HTML can be put in.
    var isText: Bool { state == .text }

    mutating func read(_ text: String) {
        for byte in text.utf8 {
            recent.append(byte)
            if recent.count > 16 { recent.removeFirst() }
            read(byte)
        }
    }

    /// The escape of a variable that stands here, or why none may.
    mutating func placeVariable() -> Result<Escape, Refusal> {
        switch state {
        case .text: return .success(.html)
        case .raw(let element): return .failure(Refusal("a value in <\(element)>"))
        case .comment: return .failure(Refusal("a value in an HTML comment"))
        case .element, .tag:
            return .failure(Refusal("a value in an HTML tag stands in quotes, as in title=\"{{name}}\""))
        case .value(let element, let attribute, let quote, var place):
            let escape = place.placeVariable(whole: .link)
            state = .value(element: element, attribute: attribute, quote: quote, place: place)
            if attribute.hasPrefix("on") || Self.closedAttributes.contains(attribute) {
                return .failure(Refusal("a value in the attribute \(attribute)"))
            }
            return .success(Self.linkAttributes.contains(attribute) ? escape : .html)
        }
    }

    struct Refusal: Error, Equatable {
        var message: String
        init(_ message: String) { self.message = message }
    }

    /// Whether a section may begin in one of these places and end in the other.
    func isSamePlace(as other: HTMLPlaces) -> Bool {
        switch (state, other.state) {
        case (.value(_, let ours, let quote, _), .value(_, let theirs, let otherQuote, _)):
            ours == theirs && quote == otherQuote
        case (.tag, .tag): true
        default: state == other.state
        }
    }

    /// Behind a section's second half, whose first half ended in `other`: of the two only one is shown.
    mutating func join(_ other: HTMLPlaces) {
        guard case .value(let element, let attribute, let quote, let place) = state,
            case .value(_, _, _, let otherPlace) = other.state
        else { return }
        state = .value(element: element, attribute: attribute, quote: quote, place: place.joined(with: otherPlace))
    }

    // MARK: Reading

    private mutating func read(_ byte: UInt8) {
        switch state {
        case .text: if byte == UInt8(ascii: "<") { state = .element("") }
        case .comment: if ends(with: "-->") { state = .text }
        case .raw(let element): if ends(with: "</\(element)") { state = .element("/\(element)") }
        case .element(let name): readElementName(byte, name)
        case .tag(let element, let attribute, let isNameOpen): readTag(byte, element, attribute, isNameOpen)
        case .value(let element, let attribute, let quote, var place):
            if byte == quote {
                state = .tag(element: element, attribute: "", isNameOpen: false)
            } else if place != .part {
                place.read(byte)
                state = .value(element: element, attribute: attribute, quote: quote, place: place)
            }
        }
    }

    private mutating func readElementName(_ byte: UInt8, _ name: String) {
        switch byte {
        case UInt8(ascii: ">"): endTag(of: name)
        case _ where Self.isBlank(byte):
            state = name.isEmpty ? .text : .tag(element: name, attribute: "", isNameOpen: false)
        default: state = ends(with: "<!--") ? .comment : .element(name + Self.lowercased(byte))
        }
    }

    private mutating func readTag(_ byte: UInt8, _ element: String, _ attribute: String, _ isNameOpen: Bool) {
        switch byte {
        case UInt8(ascii: ">"): endTag(of: element)
        case UInt8(ascii: "\""), UInt8(ascii: "'"):
            state = .value(element: element, attribute: attribute, quote: byte, place: .start)
        case _ where Self.isBlank(byte) || byte == UInt8(ascii: "="):
            state = .tag(element: element, attribute: attribute, isNameOpen: false)
        default:
            let name = (isNameOpen ? attribute : "") + Self.lowercased(byte)
            state = .tag(element: element, attribute: name, isNameOpen: true)
        }
    }

    private mutating func endTag(of element: String) {
        state = element == "style" || element == "script" ? .raw(element: element) : .text
    }

    private static func isBlank(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") || byte == UInt8(ascii: "\n")
    }

    private static func lowercased(_ byte: UInt8) -> String {
        let isUpper = byte >= UInt8(ascii: "A") && byte <= UInt8(ascii: "Z")
        return String(decoding: [isUpper ? byte | 0x20 : byte], as: UTF8.self)
    }

    private func ends(with text: String) -> Bool {
        let end = Array(text.utf8)
        guard recent.count >= end.count else { return false }
        return zip(recent.suffix(end.count), end).allSatisfy { $0 == $1 || Self.lowercased($0).utf8.first == $1 }
    }
}
