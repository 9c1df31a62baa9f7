import Foundation
import Logging
import Testing
import Tracing

@testable import Telemetry

/// A pipe whose far end the test reads when it wants to.
private final class OutputPipe: Sendable {
    let reading: Int32
    let writing: Int32

    init() throws {
        // As the daemon does: a test that fails early must not take the others along.
        signal(SIGPIPE, SIG_IGN)
        var ends: [Int32] = [0, 0]
        try #require(pipe(&ends) == 0)
        (reading, writing) = (ends[0], ends[1])
    }

    deinit {
        close(reading)
        close(writing)
    }

    /// Reads until `count` whole lines with `mark` in them are there, or the writer has nothing more for ten seconds.
    func lines(_ count: Int, with mark: String = "") -> [String] {
        var bytes: [UInt8] = []
        var lines: [String] = []
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while lines.count(where: { mark.isEmpty || $0.contains(mark) }) < count {
            var event = pollfd(fd: reading, events: Int16(POLLIN), revents: 0)
            guard poll(&event, 1, 10_000) > 0 else { break }
            let got = read(reading, &buffer, buffer.count)
            guard got > 0 else { break }
            bytes += buffer[..<got]
            guard let end = bytes.lastIndex(of: 10) else { continue }
            lines = String(decoding: bytes[..<end], as: UTF8.self).split(separator: "\n").map(String.init)
        }
        return lines
    }
}

@Suite struct LogBackendTests {
    private func backend(
        _ output: OutputPipe,
        style: LogStyle = LogStyle(form: .json),
        levels: LogLevels = LogLevels(),
        limit: Int = 1 << 20
    ) -> LogBackend {
        LogBackend(
            service: "test",
            style: style,
            levels: levels,
            writer: LineWriter(descriptor: output.writing, limit: limit),
            now: { 0 }
        )
    }

    private static let start = #"{"timestamp":"1970-01-01T00:00:00.000000Z","level":"info","message":"#

    @Test("a line carries the component, the logger's fields, the current span's, and its own last")
    func fields() throws {
        let output = try OutputPipe()
        var logger = backend(output).logger("broker")
        logger[metadataKey: "node"] = "a"
        var context = ServiceContext.topLevel
        context.spanContext = Fixtures.remote
        ServiceContext.withValue(context) { logger.info("connected", metadata: ["node": "b", "span_id": "mine"]) }
        #expect(
            output.lines(1) == [
                Self.start + #""connected","service":"test","component":"broker","#
                    + #""trace_id":"4bf92f3577b34da6a3ce929d0e0e4736","span_id":"mine","trace_flags":"01","node":"b"}"#
            ]
        )
    }

    @Test("ten thousand lines arrive whole and in order")
    func order() throws {
        let output = try OutputPipe()
        let logger = backend(output, limit: 16 << 20).logger("x")
        for index in 0..<10_000 { logger.info("line", metadata: ["number": .stringConvertible(index)]) }
        let lines = output.lines(10_000)
        #expect(lines.count == 10_000)
        for (index, line) in lines.enumerated() { #expect(line.hasSuffix("\"number\":\(index)}")) }
    }

    @Test("with a reader that stands still nobody waits; what does not fit is counted and named in its place")
    func lost() throws {
        let output = try OutputPipe()
        let backend = backend(output, limit: 4096)
        let logger = backend.logger("x")
        let padding = Logger.MetadataValue.string(String(repeating: "x", count: 1000))
        // 64 KiB fit the pipe, 4 KiB wait and as many are under way; the rest cannot go anywhere.
        for index in 0..<200 {
            logger.info("line", metadata: ["number": .stringConvertible(index), "padding": padding])
        }
        let lost = Int(backend.lostLines)
        #expect(lost > 100)
        let before = output.lines(200 - lost, with: "\"number\":")
        logger.info("line", metadata: ["number": .stringConvertible(200)])
        let lines = before + output.lines(1, with: "\"number\":200")
        var expected = 0
        for line in lines {
            if line.contains("log lines lost"), let count = line.split(separator: "\"lines\":").last?.dropLast() {
                expected += Int(count) ?? 0
            } else {
                #expect(line.contains("\"number\":\(expected)"))
                expected += 1
            }
        }
        #expect(expected == 201)
    }

    @Test("flush returns when all is written, and gives up in time when nobody reads")
    func flush() throws {
        let output = try OutputPipe()
        let writer = LineWriter(descriptor: output.writing)
        writer.append(Array("one\n".utf8))
        #expect(writer.flush(timeout: .seconds(60)))
        #expect(output.lines(1) == ["one"])
        writer.append([UInt8](repeating: 0x78, count: 200_000) + [10])
        #expect(!writer.flush(timeout: .milliseconds(1)))
        #expect(output.lines(1).first?.utf8.count == 200_000)
        #expect(writer.flush(timeout: .seconds(60)))
    }

    @Test("a closed output loses lines, counts them and stops nobody")
    func closed() {
        let writer = LineWriter(descriptor: -1)
        writer.append(Array("one\ntwo\n".utf8))
        #expect(writer.flush(timeout: .seconds(60)))
        #expect(writer.lostLines == 2)
    }

    @Test("levels go by component and change for loggers that exist")
    func levels() throws {
        let output = try OutputPipe()
        let backend = backend(output, levels: LogLevels(.info, byComponent: ["broker": .debug]))
        let broker = backend.logger("broker")
        let database = backend.logger("database")
        #expect(broker.logLevel == .debug)
        #expect(database.logLevel == .info)
        backend.logLevels = LogLevels(.warning, byComponent: ["database": .trace])
        #expect(broker.logLevel == .warning)
        #expect(database.logLevel == .trace)
        #expect(backend.logger("smtp").logLevel == .warning)
    }

    @Test("each level has its syslog priority at the start of the line, in both forms")
    func priorities() throws {
        let output = try OutputPipe()
        for form in [LogStyle.Form.json, .text(colours: false)] {
            let logger = backend(output, style: LogStyle(form: form, hasPriorities: true), levels: LogLevels(.trace))
                .logger("x")
            for level in Logger.Level.allCases { logger.log(level: level, "m") }
            let lines = output.lines(7)
            #expect(lines.map { String($0.prefix(3)) } == ["<7>", "<7>", "<6>", "<5>", "<4>", "<3>", "<2>"])
            #expect(lines.allSatisfy { $0.dropFirst(3).first == (form == .json ? "{" : "0") })
        }
    }

    @Test("an error passed to the logger is the line's error, unless the line has one")
    func error() throws {
        struct Broken: Error, CustomStringConvertible { let description = "it broke" }
        let output = try OutputPipe()
        let logger = backend(output).logger("x", provider: nil)
        logger.info("a", error: Broken())
        logger.info("b", error: Broken(), metadata: ["error": "mine"])
        let lines = output.lines(2)
        #expect(lines.first?.hasSuffix(#""error":"it broke"}"#) == true)
        #expect(lines.last?.hasSuffix(#""error":"mine"}"#) == true)
    }
}
