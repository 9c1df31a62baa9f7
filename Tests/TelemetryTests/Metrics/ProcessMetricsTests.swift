import Testing

@testable import Telemetry

@Suite("The process's own figures") struct ProcessMetricsTests {
    private static let stat = """
        4242 (a (strange) name) S 1 4242 4242 0 -1 4194560 9000 0 12 0 150 50 0 0 20 0 5 0 123400 734003200 2048 \
        18446744073709551615 1 1 0 0 0 0 0 4096 0 0 0 0 17 1 0 0 0 0 0

        """
    private static let limits = """
        Limit                     Soft Limit           Hard Limit           Units
        Max processes             63432                63432                processes
        Max open files            1024                 524288               files

        """

    @Test("a program's name may hold spaces and parentheses")
    func status() throws {
        let status = try #require(ProcessStatus(stat: Self.stat))
        #expect(status.processorTicks == 200)
        #expect(status.startTicks == 123_400)
        #expect(status.residentPages == 2048)
    }

    @Test("what is no such line gives nothing", arguments: ["", "42", "42 (a) S 1 2", "42 (a) S " + "x " * 40])
    func broken(text: String) {
        #expect(ProcessStatus(stat: text) == nil)
    }

    @Test("the machine's start and the limit of open files are found in their lines")
    func otherFiles() {
        #expect(ProcessStatus.bootTime(stat: "cpu 1 2\nbtime 1700000000\nprocesses 5\n") == 1_700_000_000)
        #expect(ProcessStatus.bootTime(stat: "cpu 1 2\n") == nil)
        #expect(ProcessStatus.openFileLimit(limits: Self.limits) == 1024)
        #expect(ProcessStatus.openFileLimit(limits: "Max open files  unlimited  unlimited files") == .infinity)
        #expect(ProcessStatus.openFileLimit(limits: "Max processes 1 1\n") == nil)
    }

    private func files(limits: String?) -> ProcessFiles {
        ProcessFiles(
            status: { Self.stat },
            limits: { limits },
            machine: { "btime 1000\n" },
            openCount: { 7 },
            ticksPerSecond: 100,
            pageSize: 4096
        )
    }

    @Test("figures are in seconds and bytes")
    func units() {
        let samples = ProcessMetrics(files: files(limits: Self.limits)).samples()
        #expect(
            samples == [
                MetricSample("process_cpu_seconds_total", 2),
                MetricSample("process_resident_memory_bytes", 2048 * 4096),
                MetricSample("process_start_time_seconds", 2234),
                MetricSample("process_open_fds", 7), MetricSample("process_max_fds", 1024),
            ]
        )
    }

    @Test("what cannot be read is left out")
    func unreadable() {
        let names = ProcessMetrics(files: files(limits: nil)).samples().map(\.name)
        #expect(!names.contains("process_max_fds"))
        #expect(names.count == 4)
    }

    @Test("this very process has all of them, and they are plausible")
    func live() throws {
        let metrics = ProcessMetrics()
        let samples = metrics.samples()
        #expect(samples.map(\.name) == metrics.descriptions.map(\.name))
        let values = Dictionary(uniqueKeysWithValues: samples.map { ($0.name, $0.value) })
        let memory = try #require(values["process_resident_memory_bytes"])
        #expect((1_000_000...10_000_000_000).contains(memory))
        let open = try #require(values["process_open_fds"])
        #expect((3...10_000).contains(open))
        #expect(try #require(values["process_start_time_seconds"]) > 1_600_000_000)
    }
}

extension String {
    fileprivate static func * (text: String, count: Int) -> String { String(repeating: text, count: count) }
}
