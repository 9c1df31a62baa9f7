import FoundationEssentials

/// A file that holds one value: a systemd credential, or what a `…_FILE` variable names.
enum SecretFile {
    /// Far above any value; keeps a wrong path such as a log file out of memory.
    private static let limit = 64 * 1024

    /// The text without one line break at its end, as editors and `echo` leave it there.
    ///
    /// - Throws: `InvalidValue` with the reason.
    static func read(_ path: String) throws(InvalidValue) -> String {
        guard let data = FileManager.default.contents(atPath: path), data.count <= limit,
            var text = String(validating: data, as: UTF8.self)
        else { throw InvalidValue("the file \(path) cannot be read: \(SystemReason.ofReading(path))") }
        if text.hasSuffix("\r\n") || text.hasSuffix("\n") { text.removeLast() }
        return text
    }
}
