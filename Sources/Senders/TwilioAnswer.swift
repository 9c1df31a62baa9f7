import FoundationEssentials

/// What of the JSON body of Twilio's answer matters; everything may be missing.
public struct TwilioAnswer: Sendable, Equatable {
    /// The message's id, checked to be nothing but letters and digits.
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
            (1...64).contains(text.utf8.count)
                && text.utf8.allSatisfy {
                    (0x30...0x39).contains($0) || (0x41...0x5A).contains($0) || (0x61...0x7A).contains($0)
                }
        }
    }
}
