import CurlShim

/// One HTTP request on its way: the easy handle's options, and what libcurl's callbacks read and write.
///
/// Lives on the reactor; keep it until the handle is out of the multi handle, for libcurl holds a bare pointer to it.
final class HTTPTransfer {
    let easy: EasyHandle
    private let request: HTTPRequest
    private let body: [UInt8]
    private var handedOut = 0
    private var answer: HTTPAnswer
    /// nil once it was called.
    private var onBodyOut: (@Sendable () -> Void)?

    /// - Throws: `.configuration` for what cannot be a request.
    init(
        _ request: HTTPRequest,
        userAgent: String,
        onBodyOut: (@Sendable () -> Void)? = nil
    ) throws(TransferFailure) {
        easy = try EasyHandle(
            userAgent: userAgent,
            protocols: "http,https",
            timeout: request.timeout,
            caFile: request.caFile
        )
        self.request = request
        body = request.body ?? []
        self.onBodyOut = body.isEmpty ? nil : onBodyOut
        answer = HTTPAnswer(maximumBody: request.maximumResponseBody)
        try Self.check(request)
        easy.set(CURLOPT_URL, request.url)
        // One connection, one request at a time: a connection that breaks takes one request along, not all of them.
        easy.set(CURLOPT_HTTP_VERSION, CURL_SHIM_HTTP_1_1)
        setMethodAndBody()
        setHeaders()
        if let credentials = request.credentials {
            easy.set(CURLOPT_HTTPAUTH, CURL_SHIM_AUTH_BASIC)
            easy.set(CURLOPT_USERNAME, credentials.username)
            easy.set(CURLOPT_PASSWORD, credentials.password)
        }
        setCallbacks()
        try easy.checkOptions()
    }

    private static func check(_ request: HTTPRequest) throws(TransferFailure) {
        func refuse(_ detail: String) -> TransferFailure { TransferFailure(kind: .configuration, detail: detail) }
        guard !request.method.isEmpty, request.method.utf8.allSatisfy(\.isTokenByte) else {
            throw refuse("the HTTP method is not a token")
        }
        for (name, value) in request.headers {
            guard !name.isEmpty, name.utf8.allSatisfy(\.isTokenByte) else {
                throw refuse("a header's name is not a token")
            }
            guard !value.utf8.contains(where: { $0 == 0x0D || $0 == 0x0A || $0 == 0 }) else {
                throw refuse("the value of header \(name) has a line end or NUL in it")
            }
        }
    }

    private func setMethodAndBody() {
        let sendsBody = ["POST", "PUT", "PATCH"].contains(request.method) || !body.isEmpty
        guard sendsBody else {
            if request.method == "HEAD" {
                easy.set(CURLOPT_NOBODY, 1)
            } else if request.method != "GET" {
                easy.set(CURLOPT_CUSTOMREQUEST, request.method)
            }
            return
        }
        easy.set(CURLOPT_POST, 1)
        if request.method != "POST" { easy.set(CURLOPT_CUSTOMREQUEST, request.method) }
        easy.note(curl_shim_set_offset(easy.raw, CURLOPT_POSTFIELDSIZE_LARGE, curl_off_t(body.count)))
        // Where a kept connection dies without an answer libcurl sends again by itself, unless it would have to rewind a
        // body that cannot be. An empty one needs no rewinding: such a request gets a connection of its own.
        if body.isEmpty { easy.set(CURLOPT_FRESH_CONNECT, 1) }
    }

    private func setHeaders() {
        // An empty value makes libcurl leave out its own: no wait of a second for "100 Continue", no made-up type.
        var lines = ["Expect:"]
        if !request.headers.contains(where: { $0.name.lowercased() == "content-type" }) {
            lines.append("Content-Type:")
        }
        for (name, value) in request.headers {
            let isEmpty = value.utf8.allSatisfy { $0 == 0x20 || $0 == 0x09 }
            lines.append(isEmpty ? "\(name);" : "\(name): \(value)")
        }
        easy.set(CURLOPT_HTTPHEADER, lines: lines)
    }

    private func setCallbacks() {
        let context = Unmanaged.passUnretained(self).toOpaque()
        watchProgress(context)
        easy.note(
            curl_shim_set_body_once(
                easy.raw,
                { bytes, size, count, context in
                    HTTPTransfer.from(context)?.handOut(
                        UnsafeMutableRawBufferPointer(start: bytes, count: size * count)
                    )
                        ?? 0
                },
                context
            )
        )
        easy.note(
            curl_shim_set_writer(
                easy.raw,
                { bytes, size, count, context in
                    let bytes = UnsafeRawBufferPointer(start: bytes, count: size * count)
                    return HTTPTransfer.from(context)?.answer.append(body: bytes) == true ? bytes.count : 0
                },
                context
            )
        )
        easy.note(
            curl_shim_set_header_reader(
                easy.raw,
                { bytes, size, count, context in
                    let bytes = UnsafeRawBufferPointer(start: bytes, count: size * count)
                    return HTTPTransfer.from(context)?.answer.append(headerLine: bytes) == true ? bytes.count : 0
                },
                context
            )
        )
    }

    /// libcurl tells of every step, where its read callback would tell of bytes that it has taken but not sent.
    private func watchProgress(_ context: UnsafeMutableRawPointer) {
        guard onBodyOut != nil else { return }
        easy.set(CURLOPT_NOPROGRESS, 0)
        easy.note(
            curl_shim_set_progress(
                easy.raw,
                { context, _, _, _, uploaded in
                    HTTPTransfer.from(context)?.noteProgress(Int(uploaded))
                    return 0
                },
                context
            )
        )
    }

    private func noteProgress(_ uploaded: Int) {
        guard uploaded >= body.count, let onBodyOut else { return }
        self.onBodyOut = nil
        onBodyOut()
    }

    private static func from(_ context: UnsafeMutableRawPointer?) -> HTTPTransfer? {
        context.map { Unmanaged<HTTPTransfer>.fromOpaque($0).takeUnretainedValue() }
    }

    private func handOut(_ buffer: UnsafeMutableRawBufferPointer) -> Int {
        let count = min(buffer.count, body.count - handedOut)
        body.withUnsafeBytes {
            buffer.copyMemory(from: UnsafeRawBufferPointer(rebasing: $0[handedOut..<handedOut + count]))
        }
        handedOut += count
        return count
    }

    // MARK: The end

    func result(of ending: CurlMulti.Ending) throws(TransferFailure) -> HTTPResponse {
        noteProgress(easy.uploadedBytes)
        switch ending {
        case .finished(CURLE_OK):
            return HTTPResponse(
                status: easy.responseStatus,
                headers: answer.headers,
                body: answer.body,
                timings: easy.timings()
            )
        case .finished(let code):
            throw failure(code)
        case .aborted:
            throw failure(kind: sentBytes(after: CURLE_OK) > 0 ? .noAnswer : .cancelled, detail: "cancelled")
        }
    }

    private func failure(_ code: CURLcode) -> TransferFailure {
        let sent = sentBytes(after: code)
        let facts = FailureKind.Facts(
            isConnected: easy.didConnect || sent > 0,
            isRequestOut: sent > 0 || (body.isEmpty && code == CURLE_GOT_NOTHING),
            hasStatus: easy.responseStatus > 0
        )
        return failure(
            kind: answer.excess == nil ? FailureKind.of(code, facts) : .badAnswer,
            detail: answer.excess ?? easy.detail(of: code),
            sentBytes: sent
        )
    }

    private func failure(kind: TransferFailure.Kind, detail: String, sentBytes: Int? = nil) -> TransferFailure {
        TransferFailure(
            kind: kind,
            detail: detail,
            httpStatus: easy.responseStatus > 0 ? easy.responseStatus : nil,
            sentBytes: sentBytes ?? self.sentBytes(after: CURLE_OK),
            timings: easy.timings()
        )
    }

    /// libcurl wants to rewind only what it had begun to send.
    private func sentBytes(after code: CURLcode) -> Int {
        max(easy.uploadedBytes, code == CURLE_SEND_FAIL_REWIND ? 1 : 0)
    }
}

extension UInt8 {
    /// RFC 9110 §5.6.2 `tchar`.
    fileprivate var isTokenByte: Bool {
        switch self {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"):
            true
        default:
            "!#$%&'*+-.^_`|~".utf8.contains(self)
        }
    }
}
