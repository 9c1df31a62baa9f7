import DomainEvents

/// The files of one event type's folder, by their part in it.
struct TypeFolder {
    var definition: SourceFile?
    /// By locale, as are the next two.
    var emails: [String: SourceFile] = [:]
    var htmlOverrides: [String: SourceFile] = [:]
    var sms: [String: SourceFile] = [:]
    /// By name.
    var samples: [String: SourceFile] = [:]
    var anyFile: SourceFile?

    /// Takes a file in; otherwise says why there is no place for it, since a mistyped name would else be ignored.
    mutating func add(_ file: SourceFile, _ parts: [String]) -> String? {
        anyFile = file
        if parts.count == 2 { return addBelow(file, folder: parts[0], name: parts[1]) }
        guard parts.count == 1 else { return "too deep" }
        let name = parts[0]
        if name == "notification.yaml" {
            definition = file
        } else if let locale = Self.locale(name, "email.", ".html.mustache") {
            return take(file, locale, into: \.htmlOverrides)
        } else if let locale = Self.locale(name, "email.", ".md") {
            return take(file, locale, into: \.emails)
        } else if let locale = Self.locale(name, "sms.", ".txt") {
            return take(file, locale, into: \.sms)
        } else if !name.hasPrefix("README") {
            let known = ["notification.yaml", "email.en.md", "sms.en.txt", "email.en.html.mustache"]
            return "not understood in a notification's folder\(NearestName.hint(for: name, among: known))"
        }
        return nil
    }

    private mutating func addBelow(_ file: SourceFile, folder: String, name: String) -> String? {
        switch folder {
        case "samples":
            guard name.hasSuffix(".json"), name.count > 5 else { return "a sample is called NAME.json" }
            samples[String(name.dropLast(5))] = file
            return nil
        case "expected": return nil
        default: return "not understood\(NearestName.hint(for: folder, among: ["samples", "expected"]))"
        }
    }

    private mutating func take(
        _ file: SourceFile,
        _ locale: String,
        into files: WritableKeyPath<TypeFolder, [String: SourceFile]>
    ) -> String? {
        guard let tag = LocaleTag(locale), tag.value == locale else {
            let meant = LocaleTag(locale).map { "; did you mean \($0.value)?" } ?? ""
            return "\(locale) is no locale such as en or de-AT\(meant)"
        }
        self[keyPath: files][locale] = file
        return nil
    }

    private static func locale(_ name: String, _ prefix: String, _ suffix: String) -> String? {
        guard name.hasPrefix(prefix), name.hasSuffix(suffix), name.count > prefix.count + suffix.count else {
            return nil
        }
        return String(name.dropFirst(prefix.count).dropLast(suffix.count))
    }
}
