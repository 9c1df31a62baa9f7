import Testing

@testable import NotifyDaemon

@Suite("Configuration: what the machine has to give")
struct MachineChecksTests {
    let scratch: ScratchConfiguration

    init() throws {
        scratch = try ScratchConfiguration()
    }

    private static let mebibyte = 1 << 20

    private func checks(_ yaml: String, mebibytes: Int = 8192, descriptors: Int = 4096) throws -> MachineChecks {
        let limits = MachineLimits(memory: mebibytes * Self.mebibyte, descriptors: descriptors)
        return MachineChecks(try scratch.load(yaml: yaml), limits)
    }

    @Test("a prefetch whose bodies fit into half of the memory is silent, above that it is a warning")
    func half() throws {
        #expect(try checks("", mebibytes: 512) == checks("", mebibytes: 8192))
        #expect(try checks("", mebibytes: 512).warnings.isEmpty)
        let warned = try checks("", mebibytes: 511)
        #expect(warned.problems.isEmpty)
        #expect(
            warned.warnings == [
                "rabbitmq.prefetch: 256 events of up to 1 MiB may take 256 MiB of 511 MiB memory; lower it to 255, or"
                    + " allow more memory"
            ]
        )
    }

    @Test("more than all of it is an error where the prefetch was raised, and for the default a warning")
    func beyond() throws {
        let raised = try checks("rabbitmq.prefetch: 1025\n", mebibytes: 1024)
        #expect(
            raised.problems.map { $0.description.replacing(scratch.path + "/", with: "") } == [
                "notifyd.yaml:1: rabbitmq.prefetch: 1025 events of up to 1 MiB may take 1025 MiB of 1024 MiB memory;"
                    + " lower it to 512, or allow more memory"
            ]
        )
        #expect(raised.warnings.isEmpty)
        #expect(try checks("rabbitmq.prefetch: 1024\n", mebibytes: 1024).problems.isEmpty)
        let small = try checks("", mebibytes: 128)
        #expect(small.problems.isEmpty)
        #expect(small.warnings.count == 1)
    }

    @Test("connections that the limit on open files does not cover are an error")
    func descriptors() throws {
        let yaml = "smtp.connections: 1000\n"
        let problem = try #require(try checks(yaml, descriptors: 2255).problems.first)
        let message = "smtp.connections: with all of them 2256 files may be open, the limit is 2255"
        #expect(problem.description.contains(message))
        #expect(try checks(yaml, descriptors: 2256).problems.isEmpty)
    }

    @Test("this machine has memory and descriptors, and what is asked for is taken up to the hard limit")
    func real() {
        let limits = MachineLimits.read()
        #expect(limits.memory > 64 * Self.mebibyte)
        #expect(limits.descriptors >= 64)
        MachineLimits.raiseDescriptors(to: limits.descriptors)
        #expect(MachineLimits.read() == limits)
    }

    @Test("version 2: the least of the group's limit and those above it counts")
    func version2() {
        let files = [
            "/sys/fs/cgroup/system.slice/notifyd.service/memory.max": "max\n",
            "/sys/fs/cgroup/system.slice/memory.max": "536870912\n",
        ]
        #expect(ControlGroupMemory.limit(groups: "0::/system.slice/notifyd.service\n") { files[$0] } == 536_870_912)
        #expect(ControlGroupMemory.limit(groups: "0::/\n") { files[$0] } == nil)
        #expect(ControlGroupMemory.limit(groups: "0::/\n") { $0 == "/sys/fs/cgroup/memory.max" ? "9\n" : nil } == 9)
    }

    @Test("version 1 and hybrid: only the memory's hierarchy counts, and a container's own root")
    func version1() {
        let groups = "4:cpu,cpuacct:/docker/1\n3:memory:/docker/1\n0::/docker/1\n"
        let files = [
            "/sys/fs/cgroup/memory/memory.limit_in_bytes": "1073741824\n", "/sys/fs/cgroup/cpu/memory.max": "1",
        ]
        #expect(ControlGroupMemory.limit(groups: groups) { files[$0] } == 1_073_741_824)
        #expect(ControlGroupMemory.limit(groups: "nonsense\n:::::\n") { _ in "1" } == nil)
    }
}
