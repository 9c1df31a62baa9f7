/// Which TLS an SMTP session must have, so that credentials never cross plain text except on loopback.
enum MailSecurity: Equatable {
    case required
    case whenOffered
    case none

    /// - Parameter host: as the URL has it, IPv6 in brackets.
    /// - Throws: `.configuration` for credentials that would have to go in plain text.
    static func decide(
        startTLS: MailSessionRequest.StartTLS,
        hasCredentials: Bool,
        host: String
    ) throws(TransferFailure) -> MailSecurity {
        let mustProtect = hasCredentials && !isLoopback(host)
        switch startTLS {
        case .require: return .required
        case .auto: return mustProtect ? .required : .whenOffered
        case .never where mustProtect:
            throw TransferFailure(
                kind: .configuration,
                detail: "credentials for \(host) would go in plain text: STARTTLS must be required or automatic"
            )
        case .never: return .none
        }
    }

    /// Only what is loopback by its spelling (libcurl looks `localhost` up nowhere); any other name may lead anywhere.
    static func isLoopback(_ host: String) -> Bool {
        let host = host.lowercased()
        if host == "localhost" || host == "::1" || host == "[::1]" { return true }
        let parts = host.split(separator: ".", omittingEmptySubsequences: false)
        return parts.count == 4 && parts[0] == "127" && parts.allSatisfy { UInt8($0) != nil }
    }
}
