import Dispatch
import Synchronization

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// Writes each message to a file of its own, Maildir fashion: into `tmp/`, then moved to where readers look.
///
/// Files are written one after the other on a queue of its own, never on the reactor. Names are unique over attempts,
/// processes and hosts that share the folder, so a message that is sent again is a second file; what the two have in
/// common, the notification's stable id, is part of both names. Nothing is forced to the disk: this is a mailbox to look
/// at, not one that has to outlive a power cut.
final class MessageFolder: Sendable {
    /// One line that says what could not be done.
    struct Failure: Error, Equatable {
        let detail: String
    }

    private let temporary: String
    /// Where finished files stand: `new` in a Maildir, the folder itself otherwise.
    private let target: String
    private let folders: [String]
    private let queue = DispatchQueue(label: "notifyd.file")
    private let counter = Atomic<UInt64>(0)
    private let closed = Atomic<Bool>(false)
    private let host: String

    /// - Parameter isMaildir: `tmp/`, `new/` and `cur/`; else nothing but messages stands in `root`, and the
    ///   unfinished ones in a hidden folder beside it, on the same file system.
    init(root: String, isMaildir: Bool) {
        temporary = isMaildir ? "\(root)/tmp" : Self.hiddenSibling(of: root)
        target = isMaildir ? "\(root)/new" : root
        folders = isMaildir ? [temporary, target, "\(root)/cur"] : [temporary, target]
        host = Self.hostName()
    }

    private static func hiddenSibling(of root: String) -> String {
        guard let slash = root.lastIndex(of: "/") else { return ".\(root).tmp" }
        return "\(root[...slash]).\(root[root.index(after: slash)...]).tmp"
    }

    /// No message is taken from now on.
    func shutDown() {
        closed.store(true, ordering: .relaxed)
    }

    var isShutDown: Bool { closed.load(ordering: .relaxed) }

    /// Writes a file where no reader looks; `publish` it, or its name is never heard of again.
    /// - Returns: the file's name.
    func write(_ bytes: [UInt8], stableID: String, microseconds: Int64) async throws(Failure) -> String {
        let name = fileName(stableID: stableID, microseconds: microseconds)
        return try await perform { folder throws(Failure) in
            try folder.makeFolders()
            try folder.create("\(folder.temporary)/\(name)", bytes)
            return name
        }
    }

    /// Moves a written file to where readers look, whole and at once.
    func publish(_ name: String) async throws(Failure) {
        try await perform { folder throws(Failure) in try folder.move(name) }
    }

    /// Makes the folders, and writes and removes a file.
    func check() async throws(Failure) {
        let name = fileName(stableID: "check", microseconds: 0)
        try await perform { folder throws(Failure) in
            try folder.makeFolders()
            let path = "\(folder.temporary)/\(name)"
            try folder.create(path, [])
            unlink(path)
        }
    }

    private func perform<Value: Sendable>(
        _ work: @escaping @Sendable (MessageFolder) throws(Failure) -> Value
    ) async throws(Failure) -> Value {
        let result: Result<Value, Failure> = await withCheckedContinuation { continuation in
            queue.async {
                do throws(Failure) {
                    continuation.resume(returning: .success(try work(self)))
                } catch {
                    continuation.resume(returning: .failure(error))
                }
            }
        }
        return try result.get()
    }

    /// `SECONDS.M…P…Q…S….HOST`, the form that Maildir readers expect: time, process, sequence, stable id.
    private func fileName(stableID: String, microseconds: Int64) -> String {
        let sequence = counter.add(1, ordering: .relaxed).newValue
        let id = stableID.utf8.filter { byte in
            switch byte {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
            default: false
            }
        }
        return "\(microseconds / 1_000_000).M\(microseconds % 1_000_000)P\(getpid())Q\(sequence)"
            + "S\(String(decoding: id.prefix(64), as: UTF8.self)).\(host)"
    }

    private func makeFolders() throws(Failure) {
        for folder in folders { try Self.makeFolder(folder) }
    }

    private static func makeFolder(_ path: String) throws(Failure) {
        guard mkdir(path, 0o700) != 0, errno != EEXIST else { return }
        guard errno == ENOENT, let slash = path.lastIndex(of: "/"), slash != path.startIndex else {
            throw failure("cannot make the folder", path)
        }
        try makeFolder(String(path[..<slash]))
        guard mkdir(path, 0o700) == 0 || errno == EEXIST else { throw failure("cannot make the folder", path) }
    }

    private func move(_ name: String) throws(Failure) {
        let path = "\(temporary)/\(name)"
        // A link, not a rename: an existing file is never replaced.
        defer { unlink(path) }
        guard link(path, "\(target)/\(name)") == 0 else { throw Self.failure("cannot put a message into", target) }
    }

    private func create(_ path: String, _ bytes: [UInt8]) throws(Failure) {
        let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw Self.failure("cannot write into", temporary) }
        var written = 0
        while written < bytes.count {
            let count = bytes.withUnsafeBytes { buffer in
                writeBytes(descriptor, buffer.baseAddress.map { $0 + written }, buffer.count - written)
            }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else {
                let failure = Self.failure("cannot write into", temporary)
                close(descriptor)
                unlink(path)
                throw failure
            }
            written += count
        }
        guard close(descriptor) == 0 else {
            let failure = Self.failure("cannot write into", temporary)
            unlink(path)
            throw failure
        }
    }

    /// The system's `write`, which the method of that name hides.
    private func writeBytes(_ descriptor: Int32, _ bytes: UnsafeRawPointer?, _ count: Int) -> Int {
        #if canImport(Glibc)
            Glibc.write(descriptor, bytes, count)
        #elseif canImport(Musl)
            Musl.write(descriptor, bytes, count)
        #endif
    }

    private static func failure(_ what: String, _ path: String) -> Failure {
        Failure(detail: "\(what) \(path): \(String(cString: strerror(errno)))")
    }

    /// Maildir forbids `/` and `:` in it; empty where the host has no name.
    private static func hostName() -> String {
        var buffer = [CChar](repeating: 0, count: 256)
        guard gethostname(&buffer, buffer.count - 1) == 0 else { return "localhost" }
        let bytes = buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }
        return String(decoding: bytes.map { $0 == 0x2F || $0 == 0x3A || $0 < 0x21 ? 0x2D : $0 }, as: UTF8.self)
    }
}
