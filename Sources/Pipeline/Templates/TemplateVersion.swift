import Crypto

/// The short name of what a message was rendered from.
enum TemplateVersion {
    /// 12 hex digits of SHA-256 over the sources: each file's path in the catalogue and its bytes, ordered by path.
    static func of(_ sources: [SourceFile]) -> String {
        var hash = SHA256()
        var last: SourceFile?
        for source in sources.sorted(by: { $0.path < $1.path }) where source != last {
            hash.updateWithLength(source.path.utf8)
            hash.updateWithLength(source.bytes)
            last = source
        }
        let digits = Array("0123456789abcdef".utf8)
        let hex = hash.finalize().prefix(6).flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }
        return String(decoding: hex, as: UTF8.self)
    }
}
