/// A file that holds one value: a systemd credential, or what a `…_FILE` variable names.
enum SecretFile {
    /// Far above any value.
    private static let limit = 64 * 1024

    /// The text without one line break at its end, as editors and `echo` leave it there.
    ///
    /// - Throws: `InvalidValue` with the reason.
    static func read(_ path: String) throws(InvalidValue) -> String {
        let bytes: [UInt8]
        do {
            bytes = try FileBytes.read(path, limit: limit)
        } catch {
            throw InvalidValue("the file \(path) cannot be read: \(error.detail ?? "")")
        }
        guard var text = String(validating: bytes, as: UTF8.self) else {
            throw InvalidValue("the file \(path) is not UTF-8 text")
        }
        if text.hasSuffix("\r\n") || text.hasSuffix("\n") { text.removeLast() }
        return text
    }
}
