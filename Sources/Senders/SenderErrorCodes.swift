import DomainEvents

/// Codes of the senders that the list of the audit log's `error_code` column did not have at first.
extension ErrorCode {
    /// Connection or TLS to an HTTP provider failed; nothing was sent.
    public static let httpConnect = ErrorCode(rawValue: "http.connect")
    /// A message file could not be written.
    public static let fileWrite = ErrorCode(rawValue: "file.write")
}
