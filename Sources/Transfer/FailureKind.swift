import CurlShim

/// The one table from libcurl's codes to kinds of failure.
enum FailureKind {
    /// What decides where the code alone does not.
    struct Facts: Equatable {
        /// A TCP connection was there, new or kept.
        var isConnected = false
        /// The request went out: its first body byte, or all of a request without body.
        var isRequestOut = false
        /// The answer's status line came.
        var hasStatus = false
    }

    static func of(_ code: CURLcode, _ facts: Facts) -> TransferFailure.Kind {
        switch code {
        case CURLE_COULDNT_RESOLVE_HOST, CURLE_COULDNT_RESOLVE_PROXY:
            .dns
        case CURLE_COULDNT_CONNECT, CURLE_INTERFACE_FAILED, CURLE_NO_CONNECTION_AVAILABLE:
            .connect
        case CURLE_SSL_CONNECT_ERROR, CURLE_PEER_FAILED_VERIFICATION, CURLE_USE_SSL_FAILED, CURLE_SSL_CERTPROBLEM,
            CURLE_SSL_CIPHER, CURLE_SSL_CACERT_BADFILE, CURLE_SSL_CRL_BADFILE, CURLE_SSL_ISSUER_ERROR,
            CURLE_SSL_ENGINE_NOTFOUND, CURLE_SSL_ENGINE_SETFAILED, CURLE_SSL_ENGINE_INITFAILED,
            CURLE_SSL_PINNEDPUBKEYNOTMATCH, CURLE_SSL_INVALIDCERTSTATUS, CURLE_SSL_CLIENTCERT:
            .tls
        case CURLE_LOGIN_DENIED, CURLE_AUTH_ERROR:
            .login
        case CURLE_REMOTE_ACCESS_DENIED:
            .refused
        case CURLE_OPERATION_TIMEDOUT:
            .timeout
        case CURLE_ABORTED_BY_CALLBACK:
            .cancelled
        case CURLE_GOT_NOTHING, CURLE_SEND_ERROR, CURLE_RECV_ERROR, CURLE_SEND_FAIL_REWIND:
            if facts.hasStatus { .badAnswer } else if facts.isRequestOut { .noAnswer } else { .closed }
        case CURLE_URL_MALFORMAT, CURLE_BAD_FUNCTION_ARGUMENT, CURLE_UNKNOWN_OPTION, CURLE_NOT_BUILT_IN,
            CURLE_FAILED_INIT:
            .configuration
        // Also what libcurl says to an answer that does not begin like HTTP/1.
        case CURLE_UNSUPPORTED_PROTOCOL:
            facts.isConnected ? .badAnswer : .configuration
        default:
            facts.isConnected ? .badAnswer : .connect
        }
    }

    /// The same for opening an SMTP session, where the server's last reply often says more than the code.
    static func ofOpening(_ code: CURLcode, lastReply: TransferFailure.ServerReply?) -> TransferFailure.Kind {
        let kind = of(code, Facts(isConnected: lastReply != nil))
        guard let lastReply, lastReply.code >= 400 else { return kind }
        switch kind {
        case .dns, .connect, .login, .timeout, .cancelled, .configuration, .refused:
            return kind
        // A 4xx or 5xx that made libcurl give up: greeting, EHLO, STARTTLS; or after which the server hung up.
        case .tls where code != CURLE_USE_SSL_FAILED:
            return kind
        case .tls, .noAnswer, .badAnswer, .closed:
            return .refused
        }
    }
}
