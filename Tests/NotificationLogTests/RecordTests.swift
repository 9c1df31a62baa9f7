import Database
import DomainEvents
import FoundationEssentials
import NotifyTestKit
import Pipeline
import Testing

@testable import NotificationLog

@Suite("Contacts, rejections and ids on a real server", .enabled(if: TestServers.databaseURL != nil))
struct RecordTests {
    func change(_ seconds: Double, _ fields: ContactFields, isDeletion: Bool = false) -> ContactChange {
        ContactChange(
            recipientID: "42",
            occurredAt: Date(timeIntervalSince1970: seconds),
            fields: fields,
            isDeletion: isDeletion
        )
    }

    @Test("each field keeps the value of the newest event, a removal included")
    func newest() async throws {
        let test = try await TestLog()
        let contacts = test.log.contacts
        _ = try await contacts.apply(change(200, ContactFields(email: .value("new@example.com"))))
        _ = try await contacts.apply(
            change(100, ContactFields(email: .value("old@example.com"), phone: .value("+4915112345678")))
        )
        let row = try await test.row("SELECT email, phone FROM contact", columns: 2)
        #expect(row == ["new@example.com", "+4915112345678"])
        _ = try await contacts.apply(change(300, ContactFields(phone: .removed, optOut: .value(["service"]))))
        let later = try await test.row("SELECT email, phone, opt_out::text FROM contact", columns: 3)
        #expect(later == ["new@example.com", nil, "{service}"])
        try await test.close()
    }

    @Test("a deleted person is not brought back by a late older event")
    func deleted() async throws {
        let test = try await TestLog()
        _ = try await test.log.contacts.apply(change(100, ContactFields(email: .value("a@example.com"))))
        _ = try await test.log.contacts.apply(change(300, ContactFields(), isDeletion: true))
        _ = try await test.log.contacts.apply(change(200, ContactFields(email: .value("b@example.com"))))
        #expect(try await test.row("SELECT coalesce(email, 'none') FROM contact") == ["none"])
        try await test.close()
    }

    @Test("a sign-up whose key stands for another fact changes nothing; the same fact, and one that nobody read, does")
    func conflictingSignUp() async throws {
        let test = try await TestLog()
        func signUp(_ seconds: Double, _ email: String, _ fingerprint: [UInt8]) async throws {
            var signUp = change(seconds, ContactFields(email: .value(email)))
            signUp.signUp = EventIdentity(dedupeKey: "userId:42", fingerprint: fingerprint)
            _ = try await test.log.contacts.apply(signUp)
        }
        func email() async throws -> String? {
            let row = try await test.row("SELECT email FROM contact")
            return row?[0]
        }
        try await signUp(100, "first@example.com", [1])
        #expect(try await email() == "first@example.com")
        let request = test.request("userId:42")
        let claimed = ClaimRequest(
            key: EventKey(eventType: ContactEvent.signUp, dedupeKey: "userId:42"),
            eventID: "e",
            recipientID: "42",
            fingerprint: [1],
            channels: request.channels,
            resendChannels: [],
            token: UUID(),
            notificationIDs: [UUID()]
        )
        _ = try await test.claimed(claimed)
        try await signUp(200, "other@example.com", [2])
        #expect(try await email() == "first@example.com")
        try await signUp(300, "again@example.com", [1])
        #expect(try await email() == "again@example.com")
        _ = try await test.log.contacts.apply(change(400, ContactFields(email: .value("updated@example.com"))))
        #expect(try await email() == "updated@example.com")
        try await test.execute("UPDATE event SET fingerprint = ''")
        try await signUp(500, "unread@example.com", [2])
        #expect(try await email() == "unread@example.com")
        try await test.close()
    }

    @Test("a rejection has one row however often the message comes, and its dead letter carries the reason")
    func rejection() async throws {
        let test = try await TestLog()
        let key = EventKey(eventType: "payment.completed", dedupeKey: "rejected:x")
        let rejection = Rejection(
            key: key,
            notificationID: UUID(),
            eventID: "x",
            status: .rejected,
            code: .jsonInvalid,
            message: "not JSON",
            traceID: nil,
            receivedAt: Date()
        )
        #expect(try await test.log.rejections.record(rejection))
        #expect(try await test.log.rejections.record(rejection), "the same one, whose answer was lost")
        var again = rejection
        again.notificationID = UUID()
        #expect(try await test.log.rejections.record(again) == false)
        #expect(try await test.row("SELECT count(*)::text FROM notification_log") == ["1"])
        let message = StoredMessage(body: [0x7B], headers: "{}")
        for _ in 0..<2 {
            try await test.log.rejections.bury(message, rejectedAs: key, eventID: "x", fallback: .shapeInvalid)
        }
        #expect(try await test.row("SELECT count(*)::text FROM dead_letter") == ["1"])
        let row = try await test.row("SELECT reason, error_code FROM dead_letter", columns: 2)
        #expect(row == ["rejected", "json.invalid"])
        try await test.close()
    }

    @Test("the delivery limit ends what is open and drops what is settled")
    func deliveryLimit() async throws {
        let test = try await TestLog()
        let claim = try await test.claimed(test.request("a"))
        let message = StoredMessage(body: [1], headers: "{}")
        let limit = Rejection(
            key: claim.key,
            notificationID: UUID(),
            eventID: claim.eventID,
            status: .failed,
            code: .deliveryLimit,
            message: "limit",
            traceID: nil,
            receivedAt: Date()
        )
        #expect(try await test.log.rejections.buryUndeliverable(message, as: limit, reason: .deliveryLimit))
        let row = try await test.row("SELECT status, error_code, channel FROM notification_log", columns: 3)
        #expect(row == ["failed", "delivery.limit", "email"])
        #expect(try await test.log.rejections.buryUndeliverable(message, as: limit, reason: .deliveryLimit) == false)
        let unknown = EventKey(eventType: "payment.completed", dedupeKey: "rejected:y")
        var other = limit
        other.key = unknown
        #expect(try await test.log.rejections.buryUndeliverable(message, as: other, reason: .deliveryLimit))
        #expect(try await test.row("SELECT count(*)::text FROM dead_letter") == ["2"])
        try await test.close()
    }

    @Test("a redelivery takes its id back, two equal events keep two")
    func anonymous() async throws {
        let test = try await TestLog()
        func identify(
            _ fresh: String,
            redelivered: Bool,
            over connection: String,
            tag: UInt64
        ) async throws -> String? {
            try await test.log.anonymous.identify(
                bodyDigest: [7],
                eventType: "t",
                fresh: fresh,
                redelivered: redelivered,
                connection: connection,
                tag: tag,
                isHeld: { true }
            )
        }
        #expect(try await identify("one", redelivered: false, over: "a/1", tag: 1) == "one")
        #expect(try await identify("two", redelivered: false, over: "a/1", tag: 2) == "two")
        #expect(try await identify("three", redelivered: true, over: "a/2", tag: 1) == "two")
        #expect(try await identify("again", redelivered: true, over: "a/2", tag: 1) == "two")
        #expect(try await identify("four", redelivered: true, over: "a/2", tag: 2) == "one")
        #expect(try await identify("five", redelivered: true, over: "a/2", tag: 3) == "five")
        try await test.log.anonymous.acknowledged(["one", "two", "five"])
        #expect(try await identify("six", redelivered: true, over: "a/3", tag: 1) == "six")
        try await test.close()
    }

    @Test("an id of a process that lives is not taken from it, one of a process that is gone or gave it up is")
    func anonymousElsewhere() async throws {
        let test = try await TestLog()
        let lane = DatabaseLane(name: "test", target: test.target, reactor: test.reactor, observer: { _ in })
        await lane.start()
        let store = AnonymousStore(lane: lane, reactor: test.reactor, longestDoubt: .zero)
        func identify(
            _ body: UInt8,
            _ fresh: String,
            redelivered: Bool,
            over connection: String
        ) async throws -> String? {
            try await store.identify(
                bodyDigest: [body],
                eventType: "t",
                fresh: fresh,
                redelivered: redelivered,
                connection: connection,
                tag: 1,
                isHeld: { true }
            )
        }
        // The server does not vouch for anybody's absence in its first ten seconds.
        let isSettled = await eventually(within: .seconds(15)) {
            let sql = "SELECT (now() > pg_postmaster_start_time() + interval '10 seconds')::text"
            return (try? await test.row(sql)) == ["true"]
        }
        try #require(isSettled)
        let session = try await session(of: "other", test)
        #expect(try await identify(1, "a", redelivered: false, over: "other/1") == "a")
        #expect(try await identify(1, "b", redelivered: true, over: "here/1") == "b", "both may be in work")
        #expect(try await identify(2, "c", redelivered: false, over: "gone/1") == "c")
        #expect(try await identify(2, "d", redelivered: true, over: "here/1") == "c", "nobody is called gone")
        #expect(try await identify(3, "e", redelivered: false, over: "other/1") == "e")
        try await store.giveUp(["e"])
        #expect(try await identify(3, "f", redelivered: true, over: "here/1") == "e", "given up")
        #expect(try await identify(4, "g", redelivered: false, over: "here/1") == "g")
        #expect(try await identify(4, "h", redelivered: true, over: "here/2") == "g", "its own connection before")
        #expect(try await identify(5, "i", redelivered: false, over: "gone/1") == "i")
        #expect(try await identify(5, "j", redelivered: false, over: "gone/1") == "j")
        let settled = """
            INSERT INTO event (event_type, dedupe_key, event_id, fingerprint, channels, states, notification_ids,
                claim_token)
            VALUES ('t', 'id:j', 'j', '', '{email}', '{settled}', ARRAY[gen_random_uuid()], gen_random_uuid())
            """
        try await test.execute(settled)
        #expect(try await identify(5, "k", redelivered: true, over: "here/1") == "i", "not settled: it is to be sent")
        #expect(try await identify(5, "k", redelivered: true, over: "here/2") == "i", "and again")
        try await store.acknowledged(["i"])
        #expect(try await identify(5, "k", redelivered: true, over: "here/3") == "j", "settled, and perhaps not acked")
        for (body, lease, taken) in [
            (6, "NULL", "l"), (7, "now() - interval '1 s'", "l"), (8, "now() + interval '1 h'", "m"),
        ] {
            #expect(try await identify(UInt8(body), "l\(body)", redelivered: false, over: "other/1") == "l\(body)")
            let event = """
                INSERT INTO event (event_type, dedupe_key, event_id, fingerprint, channels, states, notification_ids,
                    claim_token, lease_until)
                VALUES ('t', 'id:l\(body)', 'l\(body)', '', '{email}', '{open}', ARRAY[gen_random_uuid()],
                    gen_random_uuid(), \(lease))
                """
            try await test.execute(event)
            let id = try await identify(UInt8(body), "m\(body)", redelivered: true, over: "here/1")
            #expect(id == "\(taken)\(body)", "its owner's session is there, its lease is \(lease)")
        }
        await session.close()
        await lane.close()
        try await test.close()
    }

    @Test("a redelivery in doubt whose own delivery ends meanwhile gets no id, and leaves none behind")
    func anonymousGone() async throws {
        let test = try await TestLog()
        let store = test.log.anonymous
        func identify(over connection: String, redelivered: Bool, isHeld: Bool) async throws -> String? {
            try await store.identify(
                bodyDigest: [9],
                eventType: "t",
                fresh: connection,
                redelivered: redelivered,
                connection: connection,
                tag: 1,
                isHeld: { isHeld }
            )
        }
        let session = try await session(of: "other", test)
        #expect(try await identify(over: "other/1", redelivered: false, isHeld: true) == "other/1")
        #expect(try await identify(over: "here/1", redelivered: true, isHeld: false) == nil)
        #expect(try await test.row("SELECT count(*)::text FROM anonymous_event") == ["1"])
        await session.close()
        try await test.close()
    }

    /// As another replica has one: it lives.
    private func session(of instance: String, _ test: TestLog) async throws -> DatabaseConnection {
        let target = try ConnectionTarget(
            url: try #require(TestServers.databaseURL),
            applicationName: "test",
            instance: instance,
            schema: test.schema
        )
        return try await DatabaseConnection.open(target, reactor: test.reactor, timeout: .seconds(10))
    }

    @Test("four migrations started at once leave one schema, and a later one has nothing to do")
    func migrations() async throws {
        let test = try await TestLog()
        try await test.execute("DROP SCHEMA \"\(test.schema)\" CASCADE")
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<4 {
                group.addTask {
                    await #expect(throws: Never.self) {
                        try await SchemaMigrator(target: test.target, schema: test.schema, reactor: test.reactor)
                            .migrate()
                    }
                }
            }
        }
        #expect(try await test.row("SELECT count(*)::text FROM schema_migration") == ["4"])
        let again = try await SchemaMigrator(target: test.target, schema: test.schema, reactor: test.reactor).migrate()
        #expect(again.isEmpty)
        try await test.close()
    }
}
