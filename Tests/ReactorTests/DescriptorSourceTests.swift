import Synchronization
import Testing

@testable import Reactor

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

@Suite("Descriptor sources")
struct DescriptorSourceTests {
    /// Lives on the reactor, where a source is used.
    actor Watcher {
        let reactor: Reactor
        nonisolated var unownedExecutor: UnownedSerialExecutor { reactor.executor.asUnownedSerialExecutor() }
        var source: DescriptorSource?

        init(_ reactor: Reactor) { self.reactor = reactor }

        func watch(_ descriptor: Int32, _ heard: AsyncStream<String>.Continuation) -> Bool {
            source = DescriptorSource(
                descriptor: descriptor,
                reactor: reactor,
                onReadable: { heard.yield("readable") },
                onWritable: { heard.yield("writable") }
            )
            source?.watchReading(true)
            return source != nil
        }

        func watchWriting(_ wanted: Bool) { source?.watchWriting(wanted) }
        func watchReading(_ wanted: Bool) { source?.watchReading(wanted) }

        func cancel() {
            source?.cancel()
            source?.cancel()
        }
    }

    func socketPair() throws -> (Int32, Int32) {
        var descriptors: [Int32] = [0, 0]
        try #require(socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0, &descriptors) == 0)
        return (descriptors[0], descriptors[1])
    }

    @Test("tells of input and of room to write, and of nothing once cancelled, twice if need be")
    func tells() async throws {
        let (ours, theirs) = try socketPair()
        let watcher = Watcher(Reactor(label: "test"))
        let (stream, continuation) = AsyncStream.makeStream(of: String.self)
        #expect(await watcher.watch(ours, continuation))
        var events = stream.makeAsyncIterator()
        _ = [UInt8(1)].withUnsafeBytes { write(theirs, $0.baseAddress, 1) }
        #expect(await events.next() == "readable")
        await watcher.watchReading(false)
        await watcher.watchWriting(true)
        var event = await events.next()
        while event == "readable" { event = await events.next() }
        #expect(event == "writable")
        await watcher.cancel()
        close(ours)
        close(theirs)
    }

    @Test("a peer that has hung up is told of until the reader stops watching: no end is missed")
    func hangUp() async throws {
        let (ours, theirs) = try socketPair()
        let watcher = Watcher(Reactor(label: "test"))
        let (stream, continuation) = AsyncStream.makeStream(of: String.self)
        #expect(await watcher.watch(ours, continuation))
        close(theirs)
        var events = stream.makeAsyncIterator()
        for _ in 0..<12 { #expect(await events.next() == "readable") }
        await watcher.cancel()
        close(ours)
    }

    @Test("a descriptor that is none gives no source")
    func refuses() async {
        let watcher = Watcher(Reactor(label: "test"))
        let (_, continuation) = AsyncStream.makeStream(of: String.self)
        #expect(await !watcher.watch(-1, continuation))
    }

    @Test("the library may close its own descriptor while it is watched")
    func closedUnderneath() async throws {
        let (ours, theirs) = try socketPair()
        let watcher = Watcher(Reactor(label: "test"))
        let (stream, continuation) = AsyncStream.makeStream(of: String.self)
        #expect(await watcher.watch(ours, continuation))
        close(ours)
        close(theirs)
        var events = stream.makeAsyncIterator()
        // The duplicate keeps the socket: what comes is its end, not a stranger that got the number.
        #expect(await events.next() == "readable")
        await watcher.cancel()
    }
}
