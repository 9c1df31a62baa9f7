import CurlShim

/// An SMTP session on its way: libcurl looks up, connects, secures and logs in; the server's lines are kept.
///
/// Lives on the reactor; keep it until libcurl has no more to say to it (`detach`, or the handle is gone).
final class MailSessionOpening {
    let easy: EasyHandle
    private(set) var dialogue = ServerDialogue()
    private let hasCredentials: Bool
    private let startedAt = ContinuousClock.now
    private var tlsStart: Duration?
    private var saidTooMuch = false

    /// - Throws: `.configuration`.
    init(_ request: MailSessionRequest, userAgent: String) throws(TransferFailure) {
        let server = try MailServerURL(request.url, heloName: request.heloName)
        hasCredentials = request.username != nil || request.password != nil
        easy = try EasyHandle(
            userAgent: userAgent,
            protocols: "smtp,smtps",
            timeout: request.connectTimeout,
            caFile: request.caFile
        )
        easy.set(CURLOPT_URL, server.sessionURL)
        easy.setConnectOnly()
        // libcurl's own limit for one reply is 120 s.
        easy.set(CURLOPT_SERVER_RESPONSE_TIMEOUT, request.connectTimeout.wholeMilliseconds / 1000 + 1)
        if !server.isImplicitTLS {
            let security = try MailSecurity.decide(
                startTLS: request.startTLS,
                hasCredentials: hasCredentials,
                host: server.host
            )
            easy.set(CURLOPT_USE_SSL, security.curlLevel)
        }
        if hasCredentials {
            easy.set(CURLOPT_USERNAME, request.username ?? "")
            easy.set(CURLOPT_PASSWORD, request.password ?? "")
            easy.set(CURLOPT_SASL_IR, 1)
            // Those that need nothing but user name and password; left to itself libcurl tries Kerberos first wherever
            // a server offers it and the user name has an @, and gives up with it.
            easy.set(
                CURLOPT_LOGIN_OPTIONS,
                "AUTH=SCRAM-SHA-256;AUTH=SCRAM-SHA-1;AUTH=CRAM-MD5;AUTH=PLAIN;AUTH=LOGIN"
            )
        }
        easy.note(
            curl_shim_set_header_reader(
                easy.raw,
                { bytes, size, count, context in
                    let line = UnsafeRawBufferPointer(start: bytes, count: size * count)
                    return MailSessionOpening.from(context)?.heard(line) == true ? line.count : 0
                },
                Unmanaged.passUnretained(self).toOpaque()
            )
        )
        try easy.checkOptions()
    }

    private static func from(_ context: UnsafeMutableRawPointer?) -> MailSessionOpening? {
        context.map { Unmanaged<MailSessionOpening>.fromOpaque($0).takeUnretainedValue() }
    }

    private func heard(_ line: UnsafeRawBufferPointer) -> Bool {
        if dialogue.isPastGreeting, line.starts(with: "220".utf8) { tlsStart = startedAt.duration(to: .now) }
        saidTooMuch = !dialogue.append(line)
        return !saidTooMuch
    }

    /// After this libcurl calls back no more.
    func detach() {
        curl_shim_set_header_reader(easy.raw, nil, nil)
    }

    // MARK: The end

    var timings: TransferTimings { easy.timings(tlsStart: tlsStart) }

    /// Returns when the session is good; libcurl takes a server that offers no AUTH for one that needs none.
    func check(_ ending: CurlMulti.Ending) throws(TransferFailure) {
        switch ending {
        case .finished(CURLE_OK):
            guard !hasCredentials || dialogue.isAuthenticated else {
                throw failure(.login, "the server offers no AUTH mechanism that a password is enough for")
            }
        case .finished where saidTooMuch:
            throw failure(.badAnswer, "the server's lines are longer than \(ServerDialogue.maximumBytes) bytes")
        case .finished(let code):
            throw failure(FailureKind.ofOpening(code, lastReply: dialogue.lastReply), easy.detail(of: code))
        case .aborted:
            throw failure(.cancelled, "cancelled")
        }
    }

    private func failure(_ kind: TransferFailure.Kind, _ detail: String) -> TransferFailure {
        TransferFailure(kind: kind, detail: detail, smtpReply: dialogue.lastReply, timings: timings)
    }
}

extension MailSecurity {
    fileprivate var curlLevel: Int {
        switch self {
        case .required: CURL_SHIM_USE_SSL_ALL
        case .whenOffered: CURL_SHIM_USE_SSL_TRY
        case .none: CURL_SHIM_USE_SSL_NONE
        }
    }
}
