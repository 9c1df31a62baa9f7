import Testing

@testable import NotifyDaemon

@Suite struct WatchdogSettingsTests {
    @Test("the interval is WATCHDOG_USEC, for this process or for whoever asks")
    func wanted() {
        let any = WatchdogSettings(environment: ["WATCHDOG_USEC": "30000000"], processID: 7)
        #expect(any?.interval == .seconds(30))
        let ours = WatchdogSettings(environment: ["WATCHDOG_USEC": "1500000", "WATCHDOG_PID": "7"], processID: 7)
        #expect(ours?.interval == .milliseconds(1500))
    }

    @Test(
        "no watchdog without an interval, and none that is another process's",
        arguments: [
            [:], ["WATCHDOG_USEC": "0"], ["WATCHDOG_USEC": "-1"], ["WATCHDOG_USEC": "30s"], ["WATCHDOG_PID": "7"],
            ["WATCHDOG_USEC": "30000000", "WATCHDOG_PID": "8"],
        ]
    )
    func unwanted(environment: [String: String]) {
        #expect(WatchdogSettings(environment: environment, processID: 7) == nil)
    }
}
