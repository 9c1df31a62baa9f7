import CurlShim

/// An SMTP server's URL, taken apart by libcurl's own parser so that both read it alike.
struct MailServerURL: Equatable {
    let host: String
    let isImplicitTLS: Bool
    /// What libcurl opens: the path is the name it gives in EHLO.
    let sessionURL: String

    /// - Throws: `.configuration`.
    init(_ url: String, heloName: String) throws(TransferFailure) {
        func refuse(_ reason: String) -> TransferFailure {
            TransferFailure(kind: .configuration, detail: "the SMTP URL \(reason)")
        }
        guard !heloName.isEmpty, heloName.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else {
            throw TransferFailure(kind: .configuration, detail: "the EHLO name must be printable ASCII without blanks")
        }
        guard let parsed = curl_url() else { throw refuse("cannot be parsed: no memory") }
        defer { curl_url_cleanup(parsed) }
        guard !url.utf8.contains(0), curl_url_set(parsed, CURLUPART_URL, url, 0) == CURLUE_OK else {
            throw refuse("is not a URL")
        }
        func part(_ part: CURLUPart) -> String? {
            var text: UnsafeMutablePointer<CChar>?
            guard curl_url_get(parsed, part, &text, 0) == CURLUE_OK, let text else { return nil }
            defer { curl_free(text) }
            return String(cString: text)
        }
        guard let scheme = part(CURLUPART_SCHEME), let host = part(CURLUPART_HOST) else {
            throw refuse("has no scheme or host")
        }
        guard scheme == "smtp" || scheme == "smtps" else { throw refuse("must begin with smtp:// or smtps://") }
        guard part(CURLUPART_USER) == nil, part(CURLUPART_PASSWORD) == nil else {
            throw refuse("must not hold credentials")
        }
        guard curl_url_set(parsed, CURLUPART_PATH, "/" + Self.percentEncoded(heloName), 0) == CURLUE_OK,
            let sessionURL = part(CURLUPART_URL)
        else { throw refuse("cannot take the EHLO name") }
        self.host = host
        isImplicitTLS = scheme == "smtps"
        self.sessionURL = sessionURL
    }

    private static func percentEncoded(_ name: String) -> String {
        var encoded = ""
        for byte in name.utf8 {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "-"), UInt8(ascii: "_"):
                encoded.unicodeScalars.append(Unicode.Scalar(byte))
            default:
                encoded += "%" + String(byte >> 4, radix: 16) + String(byte & 15, radix: 16)
            }
        }
        return encoded
    }
}
