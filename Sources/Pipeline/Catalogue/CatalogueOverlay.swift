/// The files of `catalogue.path` over the built-in ones, file by file.
///
/// What only speaks of another built-in file goes when that is no longer there: a golden file shows what the built-in
/// templates make of the built-in samples in the built-in layouts, and a sample is an event as the built-in
/// `notification.yaml` wants it. Kept, they would find fault with what the user changed on purpose.
struct CatalogueOverlay {
    private let own: [String: SourceFile]
    /// Every folder that holds a file of the user's: `payment.completed`, `payment.completed/samples`.
    private let folders: Set<Substring>

    /// - Parameter own: by path below `catalogue.path`.
    init(_ own: [String: SourceFile]) {
        self.own = own
        var folders: Set<Substring> = []
        for path in own.keys {
            for index in path.indices where path[index] == "/" { folders.insert(path[..<index]) }
        }
        self.folders = folders
    }

    func files(over builtIn: [String: SourceFile]) -> [String: SourceFile] {
        builtIn.filter { speaks($0.key) }.merging(own) { $1 }
    }

    /// Whether the built-in file at this path still means something.
    private func speaks(_ path: String) -> Bool {
        let parts = path.split(separator: "/")
        guard parts.count == 3 else { return true }
        let type = parts[0]
        switch parts[1] {
        case "expected": return !folders.contains(type) && !folders.contains(SharedFiles.folder[...])
        case "samples": return own["\(type)/notification.yaml"] == nil || !folders.contains("\(type)/samples")
        default: return true
        }
    }
}
