import DomainEvents

@testable import Pipeline

extension FuzzTarget {
    /// The built-in catalogue with some files damaged: problems that name file and reason, or a catalogue that can be checked.
    static var catalogues: FuzzTarget {
        FuzzTarget("catalogues", weight: 2, generate: { DamagedCatalogue(&$0, types: 4) }, check: { try $0.check() })
    }

    /// One email's Markdown between the layouts, and its rendering.
    static var templates: FuzzTarget {
        FuzzTarget("templates", weight: 8, generate: { DamagedCatalogue(&$0, types: 1) }, check: { try $0.check() })
    }

    /// One notification.yaml.
    static var definitions: FuzzTarget {
        let yaml = BuiltInCatalogueFiles.files.filter { $0.path.hasSuffix("notification.yaml") }
            .map { Array($0.text.utf8) }
        return FuzzTarget("definitions", weight: 200) { random in
            var bytes = random.pick(yaml)
            DamagedCatalogue.yaml.mutate(&bytes, &random, count: 1 + random.size(upTo: 12))
            return bytes
        } check: { (bytes: [UInt8]) in
            var problems: [CatalogueProblem] = []
            let file = SourceFile(path: "a.b/notification.yaml", name: "notification.yaml", bytes: bytes)
            let definition = DefinitionParser.parse(file, type: "a.b", samples: [:], problems: &problems)
            try require(definition != nil || !problems.isEmpty, "nothing came of it, and nobody says why")
            for problem in problems { try CatalogueRules.check(problem) }
            guard let definition else { return }
            try require(!definition.channels.isEmpty, "no channel")
            try require(definition.dedupe.allSatisfy { definition.schema[$0] != nil }, "dedupe by an unknown field")
        }
    }
}

/// Some types of the built-in catalogue, a few of their files damaged.
struct DamagedCatalogue {
    private let files: [String: [UInt8]]

    static let yaml = ByteMutator(
        dictionary: [
            "channels:", "fields:", "dedupe:", "expires:", "uncertain:", "email", "sms", "resend", "hold",
            "money(currency)",
            "money(", "id", "text?", "url", "list", "72h", "99999999999999999999h", "-1s", "true", "~", "&a ", "*a",
            "<<: *a",
            "!!int ", "!!binary ", "? ", ": ", "- ", "[", "]", "{", "}", "|", ">", "\"", "'", "\n", "\t", "#", "---\n",
            "...\n",
            "%TAG ! x\n", "\u{FEFF}", "\u{0}", "{a: [b, {c: ", "&x [*x, *x]",
        ],
        maximumSize: 1 << 16
    )

    private static let template = ByteMutator(
        dictionary: [
            "{{", "}}", "{{name}}", "{{amount}}", "{{#name}}", "{{/name}}", "{{^name}}", "{{{name}}}", "{{&name}}",
            "{{! x }}",
            "{{> partial}}", "{{=<% %>=}}", "{{#a}}{{#b}}", "{{/b}}{{/a}}", "{{.}}", "{{content}}", "{{subject}}",
            "{{a.b.c}}",
            "\n\n", "\n", "# ", "###### ", "> ", "- ", "1. ", "   ", "    ", "```\n", "~~~\n", "---\n", "***", "**",
            "*", "_",
            "`", "[a](https://x.example/{{token}})", "[{{name}}]({{resetUrl}})", "![i](x)", "<b>", "</b>", "<!--",
            "-->",
            "<script>", "<a href=\"{{resetUrl}}\">", "<p title='{{name}}'>", "<style>{{name}}</style>", "<br", "&amp;",
            "&#0;",
            "\\", "|", "\u{E000}", "\u{F8FF}", "\u{0}", "\r", "ä", "🙂", "subject: ", "preheader: ", "\u{FEFF}",
        ],
        maximumSize: 1 << 15
    )

    private static let nesting = [
        "[", "{a: ", "- ", "> ", "{{#a}}", "*", "**a ", "[", "![", "<b>", "1. ", "`", "a: {", "\n - ",
    ]

    init(_ random: inout SeededRandom, types: Int) {
        let all = BuiltInCatalogueFiles.files
        var folders = Set(all.map { $0.path.prefix { $0 != "/" } }.filter { $0 != "_shared" }).sorted()
        while folders.count > types { folders.remove(at: random.below(folders.count)) }
        var files: [String: [UInt8]] = [:]
        for (path, text) in all where path.hasPrefix("_shared/") || folders.contains(path.prefix { $0 != "/" }) {
            files[path] = Array(text.utf8)
        }
        if let folder = folders.first, random.once(in: 3) {
            files["_shared/partials/partial.md"] = Array("partial {{name}} {{> partial}}".utf8)
            files["\(folder)/email.en.html.mustache"] = Array(
                "<p>{{name}}</p><a href=\"{{resetUrl}}\">{{> partial}}</a>".utf8
            )
        }
        for _ in 0..<(1 + random.below(3)) {
            let path = random.pick(files.keys.sorted())
            guard var bytes = files[path] else { continue }
            let mutator = path.hasSuffix(".yaml") || path.hasSuffix(".json") ? Self.yaml : Self.template
            mutator.mutate(&bytes, &random, count: 1 + random.size(upTo: 8))
            if random.once(in: 40) {
                // Deeper than any author nests.
                let piece = Array(random.pick(Self.nesting).utf8)
                let count = random.below((16 << 10) / piece.count)
                bytes += repeatElement(piece, count: count).joined()
            }
            files[path] = bytes
            if random.once(in: 12) {
                files[path] = nil
                files[path + TextGenerator.standard.piece(&random)] = bytes
            }
        }
        self.files = files
    }

    func check() throws {
        var sources: [String: SourceFile] = [:]
        for (path, bytes) in files { sources[path] = SourceFile(path: path, name: path, bytes: bytes) }
        let options = CatalogueOptions()
        do {
            let catalogue = try CatalogueLoader(files: sources, options: options).load()
            let again = try CatalogueLoader(files: sources, options: options).load()
            try require(catalogue.types == again.types, "loaded twice, two catalogues")
            for problem in catalogue.warnings + catalogue.check() { try CatalogueRules.check(problem) }
            try render(catalogue, again)
        } catch let error as CatalogueError {
            try require(error.problems.contains { $0.severity == .error }, "refused without an error")
            for problem in error.problems { try CatalogueRules.check(problem) }
        }
    }

    private func render(_ catalogue: Catalogue, _ again: Catalogue) throws {
        for definition in catalogue.types.values {
            for sample in definition.samples.keys.sorted() {
                guard let event = try? catalogue.sampleEvent(type: definition.type, sample: sample) else { continue }
                for channel in definition.channels {
                    let recipient = Recipient(sample: event, locale: "de-AT")
                    let first = CatalogueRules.render(catalogue, definition.type, channel, event, recipient)
                    let second = CatalogueRules.render(again, definition.type, channel, event, recipient)
                    try require(first == second, "rendered twice, two messages")
                    try CatalogueRules.check(first, segments: catalogue.options.maximumSegments)
                }
            }
        }
    }
}

/// What holds of every problem and of every rendered message.
enum CatalogueRules {
    static func check(_ problem: CatalogueProblem) throws {
        try require(
            !problem.message.isEmpty && !problem.message.contains("\n"),
            "a problem that is no line: \(problem)"
        )
        try require((problem.line ?? 1) >= 0, "the line \(problem.line ?? 0)")
    }

    static func render(
        _ catalogue: Catalogue,
        _ type: String,
        _ channel: Channel,
        _ event: DomainEvent,
        _ recipient: Recipient
    ) -> Result<RenderedNotification, RenderFailure> {
        Result { () throws(RenderFailure) in
            try catalogue.render(type: type, channel: channel, event: event, recipient: recipient)
        }
    }

    static func check(_ result: Result<RenderedNotification, RenderFailure>, segments limit: Int) throws {
        switch result {
        case .failure(let failure):
            let codes: Set<ErrorCode> = [.templateVariable, .templateSegments, .templateSize, .typeUnknown]
            try require(codes.contains(failure.code), "a code that no rendering fails with: \(failure)")
            try require(!failure.message.isEmpty && !failure.message.contains("\n"), "a failure that is no line")
        case .success(let message):
            try require(
                message.contentSHA256.count == 32 && message.templateVersion.count == 12,
                "digests of other sizes"
            )
            switch message.content {
            case .email(let subject, let html, let text):
                try require(
                    !subject.unicodeScalars.contains("\n") && !subject.unicodeScalars.contains("\r"),
                    "two subjects"
                )
                try require(text.utf8.last == 0x0A, "the text part does not end its last line")
                try require(html.utf8.count + text.utf8.count <= 2 * (256 << 10), "over 256 KiB")
            case .sms(_, let segments):
                try require((1...limit).contains(segments), "\(segments) segments")
            }
        }
    }
}
