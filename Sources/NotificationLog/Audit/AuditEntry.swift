import Database
import FoundationEssentials

/// One row of `notification_log`: every column that the contract (section 10) makes public, in its order.
public struct AuditEntry: Sendable {
    public var id: UUID
    public var eventID: String
    public var eventType: String
    public var dedupeKey: String
    public var channel: String
    public var recipientID: String?
    public var status: String
    public var attempts: Int
    public var provider: String?
    public var providerMessageID: String?
    public var addressMasked: String?
    /// The keyed hash by which `AddressProtector` finds an address.
    public var addressHash: String?
    public var templateVersion: String?
    public var contentSHA256: String?
    public var locale: String?
    public var errorCode: String?
    public var error: String?
    public var traceID: String?
    public var receivedAt: Date
    /// When the claim was made under which the row was written last.
    public var claimedAt: Date?
    public var createdAt: Date
    public var sentAt: Date?
    public var updatedAt: Date
    public var resendCount: Int
}

extension AuditEntry {
    /// What `init(_:)` reads.
    static let columns = """
        id, event_id, event_type, dedupe_key, channel, recipient_id, status, attempts, provider, provider_message_id,
            address_masked, address_hash, template_version, content_sha256, locale, error_code, error, trace_id,
            received_at, claimed_at, created_at, sent_at, updated_at, resend_count
        """

    init(_ row: ResultRow) throws(DatabaseError) {
        self.init(
            id: try row.uuid(0),
            eventID: try row.text(1),
            eventType: try row.text(2),
            dedupeKey: try row.text(3),
            channel: try row.text(4),
            recipientID: try row.optionalText(5),
            status: try row.text(6),
            attempts: Int(try row.integer(7)),
            provider: try row.optionalText(8),
            providerMessageID: try row.optionalText(9),
            addressMasked: try row.optionalText(10),
            addressHash: try row.optionalText(11),
            templateVersion: try row.optionalText(12),
            contentSHA256: try row.optionalText(13),
            locale: try row.optionalText(14),
            errorCode: try row.optionalText(15),
            error: try row.optionalText(16),
            traceID: try row.optionalText(17),
            receivedAt: try row.timestamp(18),
            claimedAt: try row.optionalTimestamp(19),
            createdAt: try row.timestamp(20),
            sentAt: try row.optionalTimestamp(21),
            updatedAt: try row.timestamp(22),
            resendCount: Int(try row.integer(23))
        )
    }
}
