/// What of a server's EHLO answer a mail transaction uses.
struct SMTPCapabilities: Sendable, Equatable {
    var pipelining = false
    var size = false
    var smtpUTF8 = false

    init(pipelining: Bool = false, size: Bool = false, smtpUTF8: Bool = false) {
        self.pipelining = pipelining
        self.size = size
        self.smtpUTF8 = smtpUTF8
    }

    /// - Parameter keywords: EHLO lines, their keyword in upper case (`SIZE 10240000`).
    init(keywords: Set<String>) {
        for line in keywords {
            switch line.prefix(while: { $0 != " " }) {
            case "PIPELINING": pipelining = true
            case "SIZE": size = true
            case "SMTPUTF8": smtpUTF8 = true
            default: break
            }
        }
    }
}
