import FoundationEssentials
import NotifyTestKit
import Reactor
import Testing

@testable import Database

/// Against the Postgres that `NOTIFYD_TEST_DATABASE_URL` names; every test uses temporary tables of its own.
@Suite("Database connection on a real server", .enabled(if: TestServers.databaseURL != nil))
struct DatabaseConnectionTests {
    let reactor = Reactor(label: "test")

    func open() async throws -> DatabaseConnection {
        let url = try #require(TestServers.databaseURL)
        let target = try ConnectionTarget(url: url, applicationName: "test", schema: "public")
        return try await DatabaseConnection.open(target, reactor: reactor, timeout: .seconds(10))
    }

    func lane() throws -> DatabaseLane {
        let url = try #require(TestServers.databaseURL)
        let target = try ConnectionTarget(url: url, applicationName: "test", schema: "public")
        return DatabaseLane(name: "test", target: target, reactor: reactor, observer: { _ in })
    }

    @Test("a first host that never answers leaves time for the second")
    func silentFirstHost() async throws {
        let silent = try LoopbackListener()
        let url = try #require(TestServers.databaseURL)
        let target = try ConnectionTarget(
            url: url.replacing("@", with: "@127.0.0.1:\(silent.port),"),
            applicationName: "test",
            schema: "public"
        )
        let connection = try await DatabaseConnection.open(target, reactor: reactor, timeout: .seconds(2))
        #expect(try await connection.run([Statement("SELECT 1")], timeout: .seconds(5)).count == 1)
        await connection.close()
    }

    @Test("a server that takes no writes is left: the connection is given up with its reason")
    func readOnlyServer() async throws {
        let url = try #require(TestServers.databaseURL)
        let readOnly = "options=-c%20default_transaction_read_only%3Don"
        let target = try ConnectionTarget(
            url: url + (url.contains("?") ? "&" : "?") + readOnly,
            applicationName: "test",
            schema: "public"
        )
        let (losses, told) = AsyncStream.makeStream(of: DatabaseError.self)
        let connection = try await DatabaseConnection.open(target, reactor: reactor, timeout: .seconds(10)) {
            told.yield($0)
        }
        let write = [Statement("CREATE TABLE never_made (a int8)")]
        let refused = await #expect(throws: DatabaseError.self) {
            try await connection.run(write, timeout: .seconds(5))
        }
        #expect(refused?.sqlState == "25006")
        #expect(await losses.first { _ in true } == refused)
        let later = await #expect(throws: DatabaseError.self) {
            try await connection.run(write, timeout: .seconds(5))
        }
        #expect(later == refused)
    }

    @Test("every parameter type comes back as it was sent")
    func roundTrip() async throws {
        let connection = try await open()
        let id = UUID()
        let now = Date(timeIntervalSince1970: 1_790_000_000.123456)
        let rows = try await connection.run(
            [
                Statement(
                    "SELECT $1::text, $2::int8, $3::bool, $4::bytea, $5::uuid, $6::timestamptz, $7::jsonb, $8::text[]",
                    [
                        .text("O'Brien & Söhne"), .integer(-42), .boolean(true), .bytes([0, 255, 10]), .uuid(id),
                        .timestamp(now), .jsonb(#"{"a": 1}"#), .texts(["x", "", "ü"]),
                    ]
                )
            ],
            timeout: .seconds(5)
        )[0].rows
        let row = try #require(rows.first)
        #expect(try row.text(0) == "O'Brien & Söhne")
        #expect(try row.integer(1) == -42)
        #expect(try row.boolean(2))
        #expect(try row.bytes(3) == [0, 255, 10])
        #expect(try row.uuid(4) == id)
        #expect(abs(try row.timestamp(5).timeIntervalSince(now)) < 0.000_002)
        #expect(try row.text(6) == #"{"a": 1}"#)
        #expect(try row.texts(7) == ["x", "", "ü"])
        await connection.close()
    }

    @Test("arrays with nulls, empty arrays and empty byte strings unnest as they should")
    func arrays() async throws {
        let connection = try await open()
        let sql = "SELECT count(*), count(a), count(b) FROM unnest($1::text[], $2::bytea[]) AS t(a, b)"
        let full = Statement(sql, [.texts(["x", nil, "y"]), .byteStrings([[], nil, nil])])
        let none = Statement(sql, [.texts([]), .byteStrings([])])
        let tables = try await connection.run([full, none], timeout: .seconds(5))
        let counts = tables[0].rows[0]
        #expect(try [counts.integer(0), counts.integer(1), counts.integer(2)] == [3, 2, 1])
        #expect(try tables[1].rows[0].integer(0) == 0)
        await connection.close()
    }

    @Test("a unit whose second statement fails keeps nothing of the first, and the connection goes on")
    func rollsBack() async throws {
        let connection = try await open()
        try await connection.runScript("CREATE TEMP TABLE t (a int8 PRIMARY KEY)", timeout: .seconds(5))
        let insert = Statement("INSERT INTO t VALUES ($1)", [.integer(1)])
        let failed = await #expect(throws: DatabaseError.self) {
            try await connection.run([insert, insert], timeout: .seconds(5))
        }
        #expect(failed?.sqlState == "23505")
        #expect(failed?.isCausedByData == true)
        let count = try await connection.run([Statement("SELECT count(*) FROM t")], timeout: .seconds(5))
        #expect(try count[0].rows[0].integer(0) == 0)
        await connection.close()
    }

    @Test("an error found only at commit fails the unit")
    func deferredConstraint() async throws {
        let connection = try await open()
        let script = "CREATE TEMP TABLE d (a int8 UNIQUE DEFERRABLE INITIALLY DEFERRED)"
        try await connection.runScript(script, timeout: .seconds(5))
        let insert = Statement("INSERT INTO d VALUES ($1)", [.integer(1)])
        let failed = await #expect(throws: DatabaseError.self) {
            try await connection.run([insert, insert], timeout: .seconds(5))
        }
        #expect(failed?.sqlState == "23505")
        await connection.close()
    }

    @Test("NUL in text is stored as U+FFFD instead of failing the batch")
    func nul() async throws {
        let connection = try await open()
        let tables = try await connection.run(
            [Statement("SELECT $1::text", [.text("a\u{0}b")])],
            timeout: .seconds(5)
        )
        #expect(try tables[0].rows[0].text(0) == "a\u{FFFD}b")
        await connection.close()
    }

    @Test("units handed in at once run in order on one connection")
    func order() async throws {
        let connection = try await open()
        try await connection.runScript("CREATE TEMP TABLE o (a int8)", timeout: .seconds(5))
        try await withThrowingTaskGroup(of: Void.self) { group in
            for value in 0..<50 {
                group.addTask {
                    let insert = Statement("INSERT INTO o VALUES ($1)", [.integer(Int64(value))])
                    _ = try await connection.run([insert], timeout: .seconds(5))
                }
            }
            try await group.waitForAll()
        }
        let count = try await connection.run([Statement("SELECT count(*) FROM o")], timeout: .seconds(5))
        #expect(try count[0].rows[0].integer(0) == 50)
        await connection.close()
    }

    @Test("a lane whose backend is terminated reconnects and runs the work again")
    func reconnects() async throws {
        let lane = try lane()
        await lane.start()
        let first = try await lane.runUntilCommitted([Statement("SELECT pg_backend_pid()")])
        let pid = try first[0].rows[0].integer(0)
        let killer = try await open()
        _ = try await killer.run(
            [Statement("SELECT pg_terminate_backend($1::int4)", [.integer(pid)])],
            timeout: .seconds(5)
        )
        let second = try await lane.runUntilCommitted([Statement("SELECT pg_backend_pid()")])
        #expect(try second[0].rows[0].integer(0) != pid)
        await killer.close()
        await lane.close()
    }

    @Test("a statement over its deadline gives the connection up")
    func deadline() async throws {
        let connection = try await open()
        let failed = await #expect(throws: DatabaseError.self) {
            try await connection.run([Statement("SELECT pg_sleep(30)")], timeout: .milliseconds(200))
        }
        #expect(failed?.code == .timeout)
        let later = await #expect(throws: DatabaseError.self) {
            try await connection.run([Statement("SELECT 1")], timeout: .seconds(5))
        }
        #expect(later?.code == .timeout)
    }
}
