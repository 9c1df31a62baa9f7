import Testing

@testable import Broker

@Suite("HeartbeatMonitor")
struct HeartbeatMonitorTests {
    private let start = ContinuousClock.now

    @Test("nothing written for half an interval: a heartbeat")
    func sends() {
        var monitor = HeartbeatMonitor(interval: .seconds(10), now: start)
        #expect(monitor.check(now: start + .seconds(3), isBlocked: false) == .fine)
        #expect(monitor.check(now: start + .seconds(5), isBlocked: false) == .sendHeartbeat)
        monitor.wrote(now: start + .seconds(5))
        #expect(monitor.check(now: start + .seconds(8), isBlocked: false) == .fine)
    }

    @Test("nothing heard for two intervals: lost, whatever we write")
    func silent() {
        var monitor = HeartbeatMonitor(interval: .seconds(10), now: start)
        monitor.wrote(now: start + .seconds(20))
        #expect(monitor.check(now: start + .seconds(20), isBlocked: false) == .fine)
        guard case .lost = monitor.check(now: start + .seconds(21), isBlocked: false) else {
            Issue.record("a silent broker must count as lost")
            return
        }
    }

    @Test("nothing could be written for two intervals: lost, unless the broker said that it is blocked")
    func deaf() {
        var monitor = HeartbeatMonitor(interval: .seconds(10), now: start)
        monitor.received(now: start + .seconds(21))
        #expect(monitor.check(now: start + .seconds(21), isBlocked: true) == .sendHeartbeat)
        guard case .lost = monitor.check(now: start + .seconds(21), isBlocked: false) else {
            Issue.record("a broker that takes nothing must count as lost")
            return
        }
    }
}
