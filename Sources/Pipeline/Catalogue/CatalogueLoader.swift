import Crypto
import DomainEvents

/// Makes a catalogue of its files: sorts them by type, reads the definitions, compiles the templates.
struct CatalogueLoader {
    private let files: [String: SourceFile]
    private let options: CatalogueOptions
    private var shared = SharedFiles()
    private var folders: [String: TypeFolder] = [:]
    private var expected: [String: SourceFile] = [:]
    private var problems: [CatalogueProblem] = []

    /// - Parameter files: by path below the root.
    init(files: [String: SourceFile], options: CatalogueOptions) {
        self.files = files
        self.options = options
    }

    /// - Parameter found: problems from reading the files.
    func load(_ found: [CatalogueProblem] = []) throws(CatalogueError) -> Catalogue {
        var loader = self
        loader.problems = found
        return try loader.assemble()
    }

    private mutating func assemble() throws(CatalogueError) -> Catalogue {
        checkOptions()
        for (_, file) in files.sorted(by: { $0.key < $1.key }) { sort(file) }
        var types: [String: NotificationDefinition] = [:]
        var templates: [String: NotificationTemplates] = [:]
        for (type, folder) in folders.sorted(by: { $0.key < $1.key }) {
            let compiled = compile(folder)
            guard let file = folder.definition else {
                let name = folder.anyFile.map { $0.name.dropLast($0.fileName.count + 1) } ?? type[...]
                problems.append(CatalogueProblem(file: String(name), message: "no notification.yaml"))
                continue
            }
            let samples = folder.samples.mapValues(\.bytes)
            guard let definition = DefinitionParser.parse(file, type: type, samples: samples, problems: &problems)
            else {
                continue
            }
            checkChannels(definition, folder, compiled, file: file.name)
            types[type] = definition
            templates[type] = compiled
        }
        // A layout's mistake is found again in every message that uses it.
        var unique: [CatalogueProblem] = []
        for problem in problems where !unique.contains(problem) { unique.append(problem) }
        unique.sort { ($0.file, $0.line ?? 0) < ($1.file, $1.line ?? 0) }
        guard !unique.contains(where: { $0.severity == .error }) else { throw CatalogueError(problems: unique) }
        return Catalogue(
            types: types,
            options: options,
            warnings: unique,
            templates: templates,
            expected: expected,
            fileNames: files.mapValues(\.name)
        )
    }

    private mutating func checkOptions() {
        if LocaleTag(options.locale) == nil {
            problems.append(CatalogueProblem(file: "catalogue.locale", message: "no language tag such as en or de-AT"))
        }
    }

    // MARK: Sorting files

    private mutating func sort(_ file: SourceFile) {
        let parts = file.path.split(separator: "/").map(String.init)
        guard parts.count > 1 else {
            if file.fileName.hasPrefix("README") { return }
            report(file, "a file beside the folders: each event type has its folder")
            return
        }
        if parts[0] == SharedFiles.folder {
            sortShared(file, Array(parts.dropFirst()))
        } else if Self.isType(parts[0]), !ContactEvent.isContactOnly(parts[0]) {
            sort(file, parts[0], Array(parts.dropFirst()))
        } else if ContactEvent.isContactOnly(parts[0]) {
            report(file, "\(parts[0]) only feeds the contacts and sends nothing")
        } else {
            report(file, "\(parts[0]) is no event type: letters, digits, and . _ - between them")
        }
    }

    private mutating func sortShared(_ file: SourceFile, _ parts: [String]) {
        if parts == ["layout.html.mustache"] {
            shared.htmlLayout = file
        } else if parts == ["layout.txt.mustache"] {
            shared.textLayout = file
        } else if parts.count == 2, parts[0] == "partials" {
            shared.partials[parts[1]] = file
        } else {
            let known = ["layout.html.mustache", "layout.txt.mustache", "partials"]
            report(file, "not understood in _shared\(NearestName.hint(for: parts[0], among: known))")
        }
    }

    private mutating func sort(_ file: SourceFile, _ type: String, _ parts: [String]) {
        var folder = folders[type] ?? TypeFolder()
        if let problem = folder.add(file, parts) { report(file, problem) }
        folders[type] = folder
        if parts.count == 2, parts[0] == "expected" { expected[file.path] = file }
    }

    private mutating func report(_ file: SourceFile, _ message: String) {
        problems.append(CatalogueProblem(file: file.name, message: message))
    }

    /// A routing key's words (AMQP topic exchange), without its wildcards.
    private static func isType(_ name: String) -> Bool {
        let words = name.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        return name.utf8.count <= 127
            && words.allSatisfy { word in
                !word.isEmpty && word.first != UInt8(ascii: "_")
                    && word.allSatisfy { $0 < 0x80 && (Character(Unicode.Scalar($0)).isLetter || isDigitOrJoint($0)) }
            }
    }

    private static func isDigitOrJoint(_ byte: UInt8) -> Bool {
        (byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9")) || byte == UInt8(ascii: "-")
            || byte == UInt8(ascii: "_")
    }

    // MARK: Compiling

    private mutating func compile(_ folder: TypeFolder) -> NotificationTemplates {
        var templates = NotificationTemplates()
        for (locale, body) in folder.emails {
            let compiler = EmailCompiler(
                locale: locale,
                body: body,
                htmlOverride: folder.htmlOverrides[locale],
                shared: shared
            )
            guard let (template, sources) = compiler.compile(problems: &problems) else { continue }
            templates.emails[locale] = (template, TemplateVersion.of(sources))
        }
        for (locale, file) in folder.htmlOverrides where folder.emails[locale] == nil {
            report(file, "overrides an HTML part, and there is no email.\(locale).md beside it")
        }
        for (locale, file) in folder.sms {
            let compiler = SMSCompiler(locale: locale, file: file, shared: shared)
            guard let (template, sources) = compiler.compile(problems: &problems) else { continue }
            templates.sms[locale] = (template, TemplateVersion.of(sources))
        }
        return templates
    }

    /// Every channel has a template, and one in the locale that everybody falls back to.
    private mutating func checkChannels(
        _ definition: NotificationDefinition,
        _ folder: TypeFolder,
        _ templates: NotificationTemplates,
        file: String
    ) {
        for channel in definition.channels {
            let files = channel == .email ? folder.emails : folder.sms
            let name = channel == .email ? "email.\(options.locale).md" : "sms.\(options.locale).txt"
            if files.isEmpty {
                problems.append(CatalogueProblem(file: file, message: "the channel \(channel) has no \(name)"))
            } else if !(LocaleTag(options.locale)?.fallbacks ?? []).contains(where: { files[$0] != nil }) {
                let message = "no \(name), the locale of recipients with no other (catalogue.locale)"
                problems.append(CatalogueProblem(severity: .warning, file: file, message: message))
            }
        }
    }
}
