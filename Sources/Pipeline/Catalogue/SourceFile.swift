/// One file of the catalogue, built in or from `catalogue.path`.
struct SourceFile: Sendable, Equatable {
    /// Below the catalogue's root: `payment.completed/email.en.md`.
    var path: String
    /// As messages call it.
    var name: String
    var bytes: [UInt8]

    /// Larger ones are refused.
    static let maximumSize = 256 << 10

    /// The file's last part.
    var fileName: String { path.split(separator: "/").last.map(String.init) ?? path }

    /// The text, with LF for line breaks and without a byte order mark; nil, with a problem, unless it is UTF-8.
    func text(problems: inout [CatalogueProblem]) -> String? {
        guard let text = String(validating: bytes, as: UTF8.self) else {
            report("not UTF-8", &problems)
            return nil
        }
        guard !bytes.contains(0) else {
            report("a NUL byte", &problems)
            return nil
        }
        let unmarked = text.unicodeScalars.first == "\u{FEFF}" ? String(text.unicodeScalars.dropFirst()) : text
        return unmarked.replacing("\r\n", with: "\n")
    }

    private func report(_ message: String, _ problems: inout [CatalogueProblem]) {
        let problem = CatalogueProblem(file: name, message: message)
        if !problems.contains(problem) { problems.append(problem) }
    }
}

/// What all notifications share: the layouts and the partials of `_shared`.
struct SharedFiles: Sendable {
    static let folder = "_shared"

    var htmlLayout: SourceFile?
    var textLayout: SourceFile?
    /// By file name.
    var partials: [String: SourceFile] = [:]
}
