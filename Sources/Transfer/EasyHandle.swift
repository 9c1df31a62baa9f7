import CurlShim

/// One libcurl easy handle: typed options, typed results, and the memory that libcurl borrows while it lives.
///
/// Sendable without the compiler's proof: it is used on the reactor only. `CurlMulti`, through which it is started,
/// traps elsewhere, and the actors that hold it run there. The last reference may go away on any thread, which libcurl
/// allows for a handle that is in no multi handle; `CurlMulti` keeps a reference to those that are.
final class EasyHandle: @unchecked Sendable {
    let raw: UnsafeMutableRawPointer
    /// Where libcurl writes what went wrong, in words.
    private let errorText: UnsafeMutablePointer<CChar>
    private var lists: [UnsafeMutablePointer<curl_slist>] = []
    private var refused: CURLcode = CURLE_OK
    /// Its connection outlives the transfer and belongs to the handle (CURLOPT_CONNECT_ONLY).
    private(set) var isConnectOnly = false

    /// - Throws: `.configuration` when libcurl has no memory for a handle.
    init(userAgent: String, protocols: String, timeout: Duration, caFile: String?) throws(TransferFailure) {
        guard let raw = curl_easy_init() else {
            throw TransferFailure(kind: .configuration, detail: "libcurl cannot make a handle")
        }
        self.raw = raw
        errorText = .allocate(capacity: Int(CURL_ERROR_SIZE))
        errorText.initialize(repeating: 0, count: Int(CURL_ERROR_SIZE))
        note(curl_shim_set_pointer(raw, CURLOPT_ERRORBUFFER, errorText))
        note(curl_shim_set_pointer(raw, CURLOPT_PRIVATE, Unmanaged.passUnretained(self).toOpaque()))
        setCommonOptions(userAgent: userAgent, protocols: protocols, timeout: timeout, caFile: caFile)
    }

    deinit {
        curl_easy_cleanup(raw)
        errorText.deallocate()
        for list in lists { curl_slist_free_all(list) }
    }

    private func setCommonOptions(userAgent: String, protocols: String, timeout: Duration, caFile: String?) {
        set(CURLOPT_NOSIGNAL, 1)
        // Without it a transfer that times out in a hanging look-up waits, on the reactor, for its resolver thread.
        set(CURLOPT_QUICK_EXIT, 1)
        set(CURLOPT_PROTOCOLS_STR, protocols)
        set(CURLOPT_FOLLOWLOCATION, 0)
        // An empty string also turns off http_proxy and the like: the daemon's configuration names its servers, and a
        // variable left over in a unit's environment must not send recipients' data elsewhere.
        set(CURLOPT_PROXY, "")
        set(CURLOPT_USERAGENT, userAgent)
        set(CURLOPT_TCP_NODELAY, 1)
        set(CURLOPT_TCP_KEEPALIVE, 1)
        set(CURLOPT_SSL_VERIFYPEER, 1)
        set(CURLOPT_SSL_VERIFYHOST, 2)
        set(CURLOPT_SSLVERSION, CURL_SHIM_TLS_1_2)
        if let caFile {
            set(CURLOPT_CAINFO, caFile)
            note(curl_shim_set_string(raw, CURLOPT_CAPATH, nil))
        } else {
            note(curl_shim_trust_default_file_only(raw))
        }
        let milliseconds = timeout.wholeMilliseconds
        set(CURLOPT_TIMEOUT_MS, milliseconds)
        set(CURLOPT_CONNECTTIMEOUT_MS, milliseconds)
    }

    // MARK: Options; the first one that libcurl refuses is kept for `checkOptions`.

    func set(_ option: CURLoption, _ value: Int) {
        note(curl_shim_set_long(raw, option, value))
    }

    func set(_ option: CURLoption, _ value: String) {
        // C would see less of it than we do.
        guard !value.utf8.contains(0) else { return note(CURLE_BAD_FUNCTION_ARGUMENT) }
        note(curl_shim_set_string(raw, option, value))
    }

    func set(_ option: CURLoption, lines: [String]) {
        var list: UnsafeMutablePointer<curl_slist>?
        for line in lines {
            guard let longer = curl_slist_append(list, line) else {
                curl_slist_free_all(list)
                return note(CURLE_OUT_OF_MEMORY)
            }
            list = longer
        }
        guard let list else { return }
        lists.append(list)
        note(curl_shim_set_list(raw, option, list))
    }

    func setConnectOnly() {
        isConnectOnly = true
        set(CURLOPT_CONNECT_ONLY, 1)
    }

    func note(_ code: CURLcode) {
        if refused == CURLE_OK { refused = code }
    }

    /// - Throws: `.configuration` when libcurl refused an option.
    func checkOptions() throws(TransferFailure) {
        guard refused != CURLE_OK else { return }
        throw TransferFailure(kind: .configuration, detail: String(cString: curl_easy_strerror(refused)))
    }

    // MARK: Results

    /// Forgets what went wrong on the way, such as the first of two addresses.
    func clearDetail() {
        errorText[0] = 0
    }

    /// libcurl's own words for what went wrong, else the code's.
    func detail(of code: CURLcode) -> String {
        // It would send the body again over a new connection, and may not: its words are about that, not about the reason.
        if code == CURLE_SEND_FAIL_REWIND { return "the server closed the kept connection without an answer" }
        let text = String(cString: errorText)
        return text.isEmpty ? String(cString: curl_easy_strerror(code)) : text
    }

    var uploadedBytes: Int { Int(curl_shim_get_offset(raw, CURLINFO_SIZE_UPLOAD_T)) }
    var responseStatus: Int { curl_shim_get_long(raw, CURLINFO_RESPONSE_CODE) }
    var remoteAddress: String { curl_shim_get_string(raw, CURLINFO_PRIMARY_IP).map { String(cString: $0) } ?? "" }
    var remotePort: Int { curl_shim_get_long(raw, CURLINFO_PRIMARY_PORT) }
    var didConnect: Bool { remotePort > 0 && curl_shim_get_offset(raw, CURLINFO_CONNECT_TIME_T) > 0 }

    var isEncrypted: Bool { curl_shim_get_offset(raw, CURLINFO_APPCONNECT_TIME_T) > 0 }

    /// nil when there is no live connection.
    var activeSocket: Int32? {
        let socket = curl_shim_get_active_socket(raw)
        return socket == CURL_SOCKET_BAD ? nil : socket
    }

    /// - Parameter tlsStart: when TLS began, counted from the start, where that was not at once after the connect.
    func timings(tlsStart: Duration? = nil) -> TransferTimings {
        let total = microseconds(CURLINFO_TOTAL_TIME_T)
        guard curl_shim_get_long(raw, CURLINFO_NUM_CONNECTS) > 0 else { return TransferTimings(total: total) }
        let dns = microseconds(CURLINFO_NAMELOOKUP_TIME_T)
        let connect = microseconds(CURLINFO_CONNECT_TIME_T)
        let tls = microseconds(CURLINFO_APPCONNECT_TIME_T)
        return TransferTimings(
            dns: dns,
            connect: max(.zero, connect - dns),
            tls: max(.zero, tls - (tlsStart ?? connect)),
            total: total
        )
    }

    // MARK: Bytes of a connect-only connection

    enum Moved {
        /// That many; when receiving, 0 is the connection's end.
        case moved(Int)
        case mustWait
        case failed(String)
    }

    func send(_ bytes: UnsafeRawBufferPointer) -> Moved {
        var count = 0
        return moved(curl_easy_send(raw, bytes.baseAddress, bytes.count, &count), count)
    }

    func receive(into buffer: UnsafeMutableRawBufferPointer) -> Moved {
        var count = 0
        return moved(curl_easy_recv(raw, buffer.baseAddress, buffer.count, &count), count)
    }

    private func moved(_ code: CURLcode, _ count: Int) -> Moved {
        switch code {
        case CURLE_OK: .moved(count)
        case CURLE_AGAIN: .mustWait
        default: .failed(detail(of: code))
        }
    }

    private func microseconds(_ info: CURLINFO) -> Duration {
        .microseconds(curl_shim_get_offset(raw, info))
    }
}

extension Duration {
    /// Rounded up, at least 1 (libcurl reads 0 as "no limit") and at most what a C `long` of 32 bits holds.
    var wholeMilliseconds: Int {
        let (seconds, attoseconds) = components
        guard seconds < 2_000_000 else { return 2_000_000_000 }
        return max(1, Int(seconds) * 1000 + Int((attoseconds + 999_999_999_999_999) / 1_000_000_000_000_000))
    }
}
