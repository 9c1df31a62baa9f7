/// The notifications the daemon can send: what each is about, and its templates, compiled.
///
/// It is read once and never changes; a reload makes a new one.
public struct Catalogue: Sendable {
    /// By event type.
    public let types: [String: NotificationDefinition]
    public let options: CatalogueOptions
    /// What was found while loading and keeps nothing from working; `check` reports it too.
    public let warnings: [CatalogueProblem]
    /// By event type; the same keys as `types`.
    let templates: [String: NotificationTemplates]
    /// The golden files, by path: `payment.completed/expected/default.sms.en.txt`.
    let expected: [String: SourceFile]
    /// What messages call each file, by path.
    let fileNames: [String: String]

    /// The built-in catalogue, and over it, file by file, the folder at `path`.
    ///
    /// Reads files: not for the reactor's thread.
    ///
    /// - Parameter path: `catalogue.path`; nil for the built-in one alone.
    /// - Throws: every problem there is, not only the first.
    public static func load(path: String?, options: CatalogueOptions) throws(CatalogueError) -> Catalogue {
        var problems: [CatalogueProblem] = []
        var files = builtInFiles
        if let path {
            files = CatalogueOverlay(CatalogueFolder.read(path, problems: &problems)).files(over: files)
        }
        return try CatalogueLoader(files: files, options: options).load(problems)
    }

    /// Whether the file at this path is the built-in one, not one of `catalogue.path` over it.
    func isBuiltIn(_ path: String) -> Bool { fileNames[path] == Self.builtInName(path) }

    private static func builtInName(_ path: String) -> String { "built-in/\(path)" }

    private static var builtInFiles: [String: SourceFile] {
        var files: [String: SourceFile] = [:]
        for (path, text) in BuiltInCatalogueFiles.files {
            files[path] = SourceFile(path: path, name: builtInName(path), bytes: Array(text.utf8))
        }
        return files
    }
}
