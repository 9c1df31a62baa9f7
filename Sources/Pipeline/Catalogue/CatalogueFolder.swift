import Glibc

/// Reads the files of `catalogue.path`, and nothing outside of it.
///
/// A symbolic link is followed where it stays within the folder (Kubernetes mounts a ConfigMap that way).
/// Names that begin with a dot are left out.
struct CatalogueFolder {
    private static let maximumFiles = 10_000
    /// `type/samples/default.json`.
    private static let maximumDepth = 3

    private let root: String
    /// `root` without symbolic links.
    private let realRoot: String
    private var files: [String: SourceFile] = [:]
    private var problems: [CatalogueProblem] = []

    /// By path below `root`.
    static func read(_ path: String, problems: inout [CatalogueProblem]) -> [String: SourceFile] {
        let root = path.count > 1 && path.hasSuffix("/") ? String(path.dropLast()) : path
        guard let realRoot = realPath(root) else {
            problems.append(CatalogueProblem(file: path, message: "no such folder (catalogue.path)"))
            return [:]
        }
        var folder = CatalogueFolder(root: root, realRoot: realRoot)
        folder.readFolder("", depth: 1)
        problems += folder.problems
        return folder.files
    }

    private init(root: String, realRoot: String) {
        self.root = root
        self.realRoot = realRoot
    }

    private mutating func readFolder(_ path: String, depth: Int) {
        guard let stream = opendir(path.isEmpty ? realRoot : "\(realRoot)/\(path)") else {
            report(path, "cannot be read as a folder: \(Self.lastError)")
            return
        }
        var names: [String] = []
        while let entry = Glibc.readdir(stream) {
            // The record is as long as its name, not as its type.
            let name = String(
                cString: UnsafeRawPointer(entry).advanced(by: Self.nameOffset).assumingMemoryBound(to: CChar.self)
            )
            if !name.hasPrefix("."), !name.hasSuffix("~") { names.append(name) }
        }
        closedir(stream)
        for name in names.sorted() {
            readEntry(path.isEmpty ? name : "\(path)/\(name)", depth: depth)
        }
    }

    private static let nameOffset = MemoryLayout<dirent>.offset(of: \dirent.d_name) ?? 19

    private mutating func readEntry(_ path: String, depth: Int) {
        guard files.count < Self.maximumFiles else {
            if files.count == Self.maximumFiles { report(path, "more than \(Self.maximumFiles) files") }
            return
        }
        guard let real = Self.realPath("\(realRoot)/\(path)") else {
            report(path, "cannot be read: \(Self.lastError)")
            return
        }
        guard real.hasPrefix(realRoot == "/" ? "/" : realRoot + "/") else {
            report(path, "a symbolic link that leads out of the catalogue")
            return
        }
        var status = stat()
        guard stat(real, &status) == 0 else {
            report(path, "cannot be read: \(Self.lastError)")
            return
        }
        switch status.st_mode & S_IFMT {
        case S_IFDIR where depth < Self.maximumDepth: readFolder(path, depth: depth + 1)
        case S_IFDIR: report(path, "a folder too deep: a catalogue is type/samples/file at most")
        case S_IFREG: readFile(path, real: real)
        default: report(path, "neither a file nor a folder")
        }
    }

    private mutating func readFile(_ path: String, real: String) {
        // Checked again on the open file: what the path leads to may have changed since.
        let descriptor = open(real, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)
        guard descriptor >= 0 else {
            report(path, "cannot be read: \(Self.lastError)")
            return
        }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            report(path, "neither a file nor a folder")
            return
        }
        guard status.st_size <= SourceFile.maximumSize else {
            report(path, "over 256 KiB")
            return
        }
        guard let bytes = Self.readAll(descriptor), bytes.count <= SourceFile.maximumSize else {
            report(path, "cannot be read: \(Self.lastError)")
            return
        }
        files[path] = SourceFile(path: path, name: "\(root)/\(path)", bytes: bytes)
    }

    /// At most one byte more than a file may have.
    private static func readAll(_ descriptor: CInt) -> [UInt8]? {
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 64 << 10)
        while bytes.count <= SourceFile.maximumSize {
            let count = Glibc.read(descriptor, &buffer, buffer.count)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { return nil }
            if count == 0 { break }
            bytes += buffer[..<count]
        }
        return bytes
    }

    private mutating func report(_ path: String, _ message: String) {
        problems.append(CatalogueProblem(file: path.isEmpty ? root : "\(root)/\(path)", message: message))
    }

    private static func realPath(_ path: String) -> String? {
        guard let real = realpath(path, nil) else { return nil }
        defer { free(real) }
        return String(cString: real)
    }

    private static var lastError: String { String(cString: strerror(errno)) }
}
