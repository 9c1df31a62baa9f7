import DomainEvents
import Mustache
import NotifyTestKit
import Testing

@testable import Pipeline

/// swift-mustache is the reference for what sections, lists, objects and dotted names come to.
@Suite("Compiled templates read as swift-mustache reads them")
struct MustacheReferenceTests {
    @Test("thousands of random templates with random values come out the same", arguments: 0..<8)
    func same(seed: UInt64) throws {
        var generator = RandomTemplate(random: SeededRandom(seed: seed))
        var rendered = 0
        for _ in 0..<500 {
            let (nodes, value) = (generator.nodes(depth: 3), generator.object(depth: 3))
            var renderer = TemplateRenderer(TemplateScope.of(value))
            guard let text = try? renderer.render(nodes) else { continue }
            rendered += 1
            #expect(try MustacheReference.render(nodes, value) == text, "\(nodes) with \(value)")
        }
        #expect(rendered > 100)
    }
}

/// Templates over few names, so that most are found, in an outer scope if not in the inner one.
private struct RandomTemplate {
    private static let names = ["a", "b", "c", "o.a", "o.b.c", "l", "o", "."]
    private static let texts = ["x", " ", "\n", "Größe", "-\n\n", "}} ", "<b>"]
    private static let source = SourceLine(file: "test", line: 1)

    var random: SeededRandom

    mutating func nodes(depth: Int) -> [TemplateNode] {
        (0..<Int.random(in: 0...4, using: &random)).map { _ in node(depth: depth) }.joined
    }

    private mutating func node(depth: Int) -> TemplateNode {
        let name = Self.names.randomElement(using: &random) ?? "a"
        switch Int.random(in: 0..<4, using: &random) {
        case 0: return .text(Self.texts.randomElement(using: &random) ?? "")
        case 1 where depth > 0: return section(name, .section, depth)
        case 2 where depth > 0 && name != ".": return section(name, .inverted, depth)
        default:
            let escapes: [Escape] = [.html, .line, .plain, .sms, .linkPart, .linkAddress]
            let escape = escapes.randomElement(using: &random) ?? .plain
            return .variable(TemplateVariable(TemplateTag(kind: .variable, name: name, source: Self.source), escape))
        }
    }

    private mutating func section(_ name: String, _ kind: TemplateTag.Kind, _ depth: Int) -> TemplateNode {
        let tag = TemplateTag(kind: kind, name: name, source: Self.source)
        return .section(TemplateSection(tag), nodes(depth: depth - 1))
    }

    mutating func object(depth: Int) -> JSONValue {
        var members: [String: JSONValue] = [:]
        for name in ["a", "b", "c"] { members[name] = value(depth: 0) }
        if depth > 0 {
            members["o"] = object(depth: depth - 1)
            members["l"] = .array((0..<Int.random(in: 0...3, using: &random)).map { _ in value(depth: depth - 1) })
        }
        return .object(members)
    }

    private mutating func value(depth: Int) -> JSONValue {
        switch Int.random(in: 0..<6, using: &random) {
        case 0: .boolean(Bool.random(using: &random))
        case 1: .string("")
        case 2: .string("O'Brien & Söhne <x>\u{202E}")
        case 3: .null
        case 4 where depth > 0: object(depth: depth - 1)
        default: .string("v\(Int.random(in: 0..<100, using: &random))")
        }
    }
}

/// A tree written as mustache, each value under its name and the escape of its place, since the escapes are ours.
private enum MustacheReference {
    private static let end = "|"

    static func render(_ nodes: [TemplateNode], _ value: JSONValue) throws -> String {
        // It leaves out blanks at the very end.
        let template = try MustacheTemplate(string: source(nodes) + end)
        return String(template.render(Context(scope: TemplateScope.of(value))).dropLast(end.count))
    }

    private static func source(_ nodes: [TemplateNode]) -> String {
        nodes.map { node in
            switch node {
            case .text(let text): return text
            // Comments keep a tag from standing alone on its line, which mustache would take away with it.
            case .variable(let variable): return "{{!}}{{&\(key(variable.name, "\(variable.escape)"))}}{{!}}"
            case .section(let section, let content):
                let name = key(section.name, "section")
                return "{{!}}{{\(section.isInverted ? "^" : "#")\(name)}}{{!}}\(source(content)){{!}}{{/\(name)}}{{!}}"
            }
        }.joined()
    }

    private static func key(_ name: TemplateName, _ place: String) -> String {
        (name.path + ["\(name.last)*\(place)"]).joined(separator: ".")
    }

    private struct Context: MustacheParent {
        let scope: TemplateScope

        func child(named key: String) -> Any? {
            let parts = key.split(separator: "*", omittingEmptySubsequences: false).map(String.init)
            // The present element is never looked for further out.
            guard let value = scope.value(parts[0]) else { return parts[0].isEmpty ? false : nil }
            guard parts.count == 2, parts[1] != "section" else { return section(value) }
            guard let escape = Escape.allCases.first(where: { "\($0)" == parts[1] }) else { return nil }
            switch value {
            case .text(let text): return escape.apply(text)
            case .flag(let flag): return flag ? "true" : "false"
            case .list, .object: return nil
            }
        }

        private func section(_ value: TemplateValue) -> Any {
            switch value {
            case .text, .flag: value.isTruthy
            case .list(let elements): elements.map { Context(scope: $0) }
            case .object(let object): Context(scope: object)
            }
        }
    }
}
