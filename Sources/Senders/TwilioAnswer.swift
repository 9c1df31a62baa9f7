import FoundationEssentials

/// What of the JSON body of Twilio's answer matters; everything may be missing.
public struct TwilioAnswer: Sendable, Equatable {
    /// The message's id: at most 128 letters, digits, `-`, `.` and `_`. Twilio's own have only letters and digits; what
    /// speaks its API in its place (`twilio.baseUrl`) may give others, and a message that was taken must not count as
    /// uncertain for that.
    public var sid: String?
    /// Twilio's own error code, such as 21211.
    public var code: Int?
    /// English text, may repeat the recipient's number: not to be shown as it is.
    public var message: String?

    public init(sid: String? = nil, code: Int? = nil, message: String? = nil) {
        self.sid = sid
        self.code = code
        self.message = message
    }

    /// Reads what it can: a body that is not JSON, or a field of another type, counts as missing.
    public init(body: [UInt8]) {
        let fields = try? JSONDecoder().decode(Fields.self, from: Data(body))
        self.init(sid: fields?.sid, code: fields?.code, message: fields?.message)
    }

    private struct Fields: Decodable {
        let sid: String?
        let code: Int?
        let message: String?

        enum CodingKeys: CodingKey {
            case sid, code, message
        }

        init(from decoder: any Decoder) throws {
            let fields = try decoder.container(keyedBy: CodingKeys.self)
            let sid = try? fields.decode(String.self, forKey: .sid)
            self.sid = sid.flatMap { Self.isIdentifier($0) ? $0 : nil }
            code = (try? fields.decode(Int.self, forKey: .code)).flatMap { (1...999_999).contains($0) ? $0 : nil }
            message = try? fields.decode(String.self, forKey: .message)
        }

        private static func isIdentifier(_ text: String) -> Bool {
            (1...128).contains(text.utf8.count)
                && text.utf8.allSatisfy { byte in
                    switch byte {
                    case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x2E, 0x5F: true
                    default: false
                    }
                }
        }
    }
}
