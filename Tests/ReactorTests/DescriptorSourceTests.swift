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

    @Test("nobody is called for a hang-up that nobody wants to hear of, and a reader who comes later hears of it")
    func hangUpUnwatched() async throws {
        let (ours, theirs) = try socketPair()
        let watcher = Watcher(Reactor(label: "test"))
        let (stream, continuation) = AsyncStream.makeStream(of: String.self)
        #expect(await watcher.watch(ours, continuation))
        await watcher.watchReading(false)
        close(theirs)
        await watcher.watchWriting(true)
        var events = stream.makeAsyncIterator()
        #expect(await events.next() == "writable")
        await watcher.watchWriting(false)
        await watcher.watchReading(true)
        var event = await events.next()
        while event == "writable" { event = await events.next() }
        #expect(event == "readable")
        await watcher.cancel()
        close(ours)
    }

    /// Two watches of which each ends the other when it is called.
    actor Rivals {
        let reactor: Reactor
        nonisolated var unownedExecutor: UnownedSerialExecutor { reactor.executor.asUnownedSerialExecutor() }
        var sources: [DescriptorSource?] = []
        var calls = 0

        init(_ reactor: Reactor) { self.reactor = reactor }

        func watch(_ descriptors: [Int32], _ heard: AsyncStream<Int>.Continuation) {
            sources = descriptors.enumerated().map { index, descriptor in
                DescriptorSource(
                    descriptor: descriptor,
                    reactor: reactor,
                    onReadable: { self.assumeIsolated { $0.called(index, heard) } },
                    onWritable: {}
                )
            }
            for source in sources { source?.watchReading(true) }
        }

        private func called(_ index: Int, _ heard: AsyncStream<Int>.Continuation) {
            calls += 1
            for source in sources { source?.cancel() }
            // Behind whatever else this look at the descriptors would still bring.
            reactor.schedule(after: .milliseconds(5)) { heard.yield(index) }
        }
    }

    @Test("a watch that is cancelled in the same look at the descriptors in which it is ready is not called")
    func cancelledBesides() async throws {
        let (first, firstPeer) = try socketPair()
        let (second, secondPeer) = try socketPair()
        for peer in [firstPeer, secondPeer] { _ = [UInt8(1)].withUnsafeBytes { write(peer, $0.baseAddress, 1) } }
        let rivals = Rivals(Reactor(label: "test"))
        let (stream, continuation) = AsyncStream.makeStream(of: Int.self)
        await rivals.watch([first, second], continuation)
        var events = stream.makeAsyncIterator()
        #expect(await events.next() != nil)
        #expect(await rivals.calls == 1)
        for descriptor in [first, firstPeer, second, secondPeer] { close(descriptor) }
    }

    @Test("a task that its own descriptors keep busy lets a timer of the same queue through", .timeLimit(.minutes(1)))
    func fairness() async throws {
        let (ours, theirs) = try socketPair()
        let reactor = Reactor(label: "test")
        let watcher = Watcher(reactor)
        let (_, continuation) = AsyncStream.makeStream(of: String.self, bufferingPolicy: .bufferingNewest(1))
        #expect(await watcher.watch(ours, continuation))
        // Never read: it is ready at every look.
        _ = [UInt8(1)].withUnsafeBytes { write(theirs, $0.baseAddress, 1) }
        await withCheckedContinuation { continuation in
            reactor.schedule(after: .milliseconds(5)) { continuation.resume() }
        }
        await watcher.cancel()
        close(ours)
        close(theirs)
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
