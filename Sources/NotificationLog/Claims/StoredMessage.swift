import Crypto
import DomainEvents
import FoundationEssentials

/// A message as the tables `parked` and `dead_letter` keep it: the body in a column of its own, the rest as JSON.
public struct StoredMessage: Sendable, Equatable {
    public var body: [UInt8]
    /// JSON of everything but the body, times in seconds since 1970; no NUL, which jsonb refuses (22P05).
    public var headers: String
}

/// Turns messages into their stored form and back, encrypted where `storage.key` is set.
///
/// Reset links and tokens are in the bodies, and whatever a publisher likes in the headers: an address in its baggage,
/// say. AES-256-GCM (NIST SP 800-38D), a random 96-bit nonce before and the tag behind the text; the envelope says
/// whether the message is encrypted, so a key may be set at any time.
public struct MessageVault: Sendable {
    private static let mark = "notifyd-encrypted"

    public struct Failure: Error, Sendable, CustomStringConvertible {
        public var description: String
    }

    private let key: SymmetricKey?

    /// - Parameter key: 32 bytes, or nil to store bodies as they are.
    public init(key: [UInt8]?) {
        self.key = key.map { SymmetricKey(data: $0) }
    }

    public func store(_ message: IncomingMessage) -> StoredMessage {
        var envelope = message
        envelope.body = []
        if key != nil {
            let headers = (try? JSONEncoder().encode(message.headers)) ?? Data("{}".utf8)
            envelope.headers = [Self.mark: Data(seal([UInt8](headers))).base64EncodedString()]
        }
        return StoredMessage(body: seal(message.body), headers: Self.json(of: envelope))
    }

    /// - Throws: `Failure` when the body was encrypted under a key we do not have, or the envelope is not ours.
    public func restore(_ stored: StoredMessage) throws(Failure) -> IncomingMessage {
        let decoder = JSONDecoder()
        decoder.dateDecodingStrategy = .secondsSince1970
        guard var message = try? decoder.decode(IncomingMessage.self, from: Data(stored.headers.utf8))
        else { throw Failure(description: "the stored message has no envelope this version can read") }
        let sealed = message.headers.removeValue(forKey: Self.mark)
        message.body = sealed == nil ? stored.body : try open(stored.body)
        guard let sealed else { return message }
        let opened = try open([UInt8](Data(base64Encoded: sealed) ?? Data()))
        guard let headers = try? JSONDecoder().decode([String: String].self, from: Data(opened)) else {
            throw Failure(description: "the stored message has no headers this version can read")
        }
        message.headers = headers
        return message
    }

    private func seal(_ body: [UInt8]) -> [UInt8] {
        guard let key else { return body }
        // Only a key of another size is refused, and the configuration lets none through.
        guard let sealed = try? AES.GCM.seal(body, using: key).combined else {
            preconditionFailure("storage.key has not 32 bytes")
        }
        return [UInt8](sealed)
    }

    private func open(_ body: [UInt8]) throws(Failure) -> [UInt8] {
        guard let key else { throw Failure(description: "the stored body is encrypted, and storage.key is not set") }
        guard let box = try? AES.GCM.SealedBox(combined: body), let opened = try? AES.GCM.open(box, using: key)
        else { throw Failure(description: "the stored body was encrypted under another storage.key") }
        return [UInt8](opened)
    }

    private static func json(of message: IncomingMessage) -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        // Foundation counts from 2001 unless told otherwise; an operator's `to_timestamp` does not.
        encoder.dateEncodingStrategy = .secondsSince1970
        // Strings, numbers and dates always encode; an empty object would be found out by `restore`.
        let data = (try? encoder.encode(message)) ?? Data("{}".utf8)
        return String(decoding: data, as: UTF8.self).replacing(#"\u0000"#, with: #"\uFFFD"#)
    }
}
