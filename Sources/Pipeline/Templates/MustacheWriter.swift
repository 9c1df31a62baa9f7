import Mustache

/// Writes a compiled tree as the mustache that swift-mustache renders.
///
/// Values come escaped for their place (`TemplateScope`), so every tag is an unescaped one.
struct MustacheWriter {
    private var text = ""
    /// Nothing but blanks since the last line break: there swift-mustache would take a section's tag together with its
    /// line (the specification's standalone tags), which our trees have settled already. A comment prevents it.
    private var isLineBlank = true

    /// A literal that swift-mustache would read as a tag.
    struct AmbiguousBraces: Error {}

    static func template(_ nodes: [TemplateNode]) throws -> MustacheTemplate {
        var writer = MustacheWriter()
        try writer.write(nodes)
        // swift-mustache fails on a lone brace at the very end.
        guard !writer.text.hasSuffix("{") else { throw AmbiguousBraces() }
        return try MustacheTemplate(string: writer.text)
    }

    private mutating func write(_ nodes: [TemplateNode]) throws(AmbiguousBraces) {
        for node in nodes {
            switch node {
            case .text(let literal): try write(literal)
            case .variable(let variable):
                try tag("&" + variable.name.mustacheName(variable.escape.rawValue))
            case .section(let section, let content):
                let name = section.name.mustacheName(TemplateSection.marker)
                try tag((section.isInverted ? "^" : "#") + name)
                try write(content)
                try tag("/" + name)
            }
        }
    }

    private mutating func write(_ literal: String) throws(AmbiguousBraces) {
        var previous: UInt8 = 0
        for byte in literal.utf8 {
            if byte == UInt8(ascii: "{"), previous == byte { throw AmbiguousBraces() }
            if byte == UInt8(ascii: "\n") {
                isLineBlank = true
            } else if byte != UInt8(ascii: " "), byte != UInt8(ascii: "\t") {
                isLineBlank = false
            }
            previous = byte
        }
        text += literal
    }

    private mutating func tag(_ content: String) throws(AmbiguousBraces) {
        guard text.utf8.last != UInt8(ascii: "{") else { throw AmbiguousBraces() }
        if isLineBlank { text += "{{!}}" }
        text += "{{\(content)}}"
        isLineBlank = false
    }
}
