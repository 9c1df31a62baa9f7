/// The process's own use of the machine, under the names that every Prometheus client uses.
///
/// Read from `/proc/self` by each scrape; where that is not mounted nothing is shown.
public struct ProcessMetrics: MetricCollector {
    private let files: ProcessFiles
    /// Read once: the machine's start, as the kernel tells it, moves with every correction of the clock.
    private let startTime: Double?

    public init() {
        self.init(files: .ofThisProcess)
    }

    init(files: ProcessFiles) {
        self.files = files
        if let boot = files.machine().flatMap(ProcessStatus.bootTime),
            let status = files.status().flatMap(ProcessStatus.init)
        {
            startTime = Double(boot) + Double(status.startTicks) / files.ticksPerSecond
        } else {
            startTime = nil
        }
    }

    private static let processorTime = MetricDescription(
        "process_cpu_seconds_total",
        .counter,
        "Processor time used, user and system, in seconds."
    )
    private static let memory = MetricDescription(
        "process_resident_memory_bytes",
        .gauge,
        "Memory held in RAM, in bytes."
    )
    private static let start = MetricDescription(
        "process_start_time_seconds",
        .gauge,
        "When the process started, in seconds since 1970."
    )
    private static let openFiles = MetricDescription("process_open_fds", .gauge, "Open file descriptors.")
    private static let mostFiles = MetricDescription(
        "process_max_fds",
        .gauge,
        "File descriptors that may be open at most."
    )

    public var descriptions: [MetricDescription] {
        [Self.processorTime, Self.memory, Self.start, Self.openFiles, Self.mostFiles]
    }

    public func samples() -> [MetricSample] {
        var samples: [MetricSample] = []
        if let status = files.status().flatMap(ProcessStatus.init) {
            let time = Double(status.processorTicks) / files.ticksPerSecond
            samples.append(MetricSample(Self.processorTime.name, time))
            samples.append(MetricSample(Self.memory.name, Double(status.residentPages) * files.pageSize))
        }
        if let startTime { samples.append(MetricSample(Self.start.name, startTime)) }
        if let count = files.openCount() { samples.append(MetricSample(Self.openFiles.name, Double(count))) }
        if let limit = files.limits().flatMap(ProcessStatus.openFileLimit) {
            samples.append(MetricSample(Self.mostFiles.name, limit))
        }
        return samples
    }
}
