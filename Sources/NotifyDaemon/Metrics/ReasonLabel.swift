import DomainEvents
import Senders

/// An error code as a label: the code itself where we made the list, its class where a server gives the number.
///
/// `smtp.550` is `smtp.5xx`, `http.503` is `http.5xx`, `twilio.21211` is `twilio`; a code that nobody has listed is
/// `other`. So there are some dozens of reasons at most, whatever servers answer.
struct ReasonLabel: Hashable, Sendable {
    let text: String

    /// The next provider was asked at once.
    static let failover = ReasonLabel(text: "failover")

    private init(text: String) {
        self.text = text
    }

    init(_ code: ErrorCode) {
        text = Self.known.contains(code) ? code.rawValue : Self.family(of: code.rawValue)
    }

    private static func family(of code: String) -> String {
        guard let dot = code.firstIndex(of: ".") else { return "other" }
        let number = code[code.index(after: dot)...].utf8
        guard let first = number.first, number.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) })
        else { return "other" }
        switch code[..<dot] {
        case "twilio":
            return "twilio"
        case "smtp" where number.count == 3 && (UInt8(ascii: "2")...UInt8(ascii: "5")).contains(first),
            "http" where number.count == 3 && (UInt8(ascii: "2")...UInt8(ascii: "5")).contains(first):
            return "\(code[...dot])\(UnicodeScalar(first))xx"
        default:
            return "other"
        }
    }

    /// All of docs/error-codes.md without a number.
    private static let known: Set<ErrorCode> = [
        .smtpConnect, .smtpTLS, .smtpTimeout, .smtpNoAnswer, .smtpUTF8, .httpConnect, .httpTimeout, .httpNoAnswer,
        .fileWrite, .dnsFailed, .providerOpen, .providerBusy, .contactUnknown, .contactOptedOut, .contactStopped,
        .addressMissing, .addressInvalid, .deliveryOnly, .typeUnknown, .typeDisabled, .eventExpired, .operatorPaused,
        .templateVariable, .templateSegments, .templateSize, .claimsExhausted, .quarantineWaiting, .eventDuplicate,
        .contactApplied, .deliveryLimit, .jsonInvalid, .shapeInvalid, .moneyInvalid, .bodyTooLarge, .linkHost,
        .identityConflict,
    ]
}
