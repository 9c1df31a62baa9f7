import Database
import DequeModule
import Reactor

/// What a batch is made of.
protocol BatchRequest: Sendable {
    associatedtype Key: Hashable & Comparable & Sendable
    /// What the request is about; batches are sorted by it, so that replicas do not deadlock.
    var key: Key { get }
    /// Whether it writes: a batch has no key twice among those. Reads share a batch with whatever is there.
    var isWrite: Bool { get }
    /// About how many bytes it sends, for the batch's bound.
    var weight: Int { get }
}

extension BatchRequest {
    var isWrite: Bool { true }
}

/// Many requests share one commit: the next batch goes out when the commit before it is done, with whatever gathered
/// meanwhile. No timer, so an idle daemon adds no latency; large batches under load.
actor Batcher<Request: BatchRequest, Reply: Sendable> {
    /// The reply with what its batch tells about itself, for the span.
    struct Committed: Sendable {
        var reply: Reply
        var batch: BatchInfo
    }

    typealias Perform = @Sendable ([Request]) async throws(DatabaseError) -> [Reply]

    /// A reference: requests are large, and a batch that is gathered and sorted moves each several times.
    private final class Pending: Sendable {
        let request: Request
        let key: Request.Key
        let continuation: CheckedContinuation<Result<Committed, DatabaseError>, Never>

        init(_ request: Request, _ continuation: CheckedContinuation<Result<Committed, DatabaseError>, Never>) {
            self.request = request
            key = request.key
            self.continuation = continuation
        }
    }

    private let reactor: Reactor
    nonisolated var unownedExecutor: UnownedSerialExecutor { reactor.executor.asUnownedSerialExecutor() }
    private let limits: BatchLimits
    private let perform: Perform
    private var pending = Deque<Pending>()
    private var isRunning = false

    /// - Parameter perform: commits one batch and returns a reply for each request, in order.
    init(reactor: Reactor, limits: BatchLimits = BatchLimits(), perform: @escaping Perform) {
        self.reactor = reactor
        self.limits = limits
        self.perform = perform
    }

    /// Returns when the request's own commit is done.
    func submit(_ request: Request) async throws(DatabaseError) -> Committed {
        let result = await withCheckedContinuation { continuation in
            pending.append(Pending(request, continuation))
            guard !isRunning else { return }
            isRunning = true
            reactor.task { await self.run() }
        }
        return try result.get()
    }

    private func run() async {
        while !pending.isEmpty {
            // Lets every task that this turn of the reactor woke hand in its request first.
            await Task.yield()
            await commit(nextBatch())
        }
        isRunning = false
    }

    private func nextBatch() -> [Pending] {
        var batch: [Pending] = []
        var later = Deque<Pending>()
        var keys: Set<Request.Key> = []
        var weight = 0
        while let next = pending.popFirst() {
            weight += next.request.weight
            let isFull = batch.count >= limits.requests || (weight > limits.bytes && !batch.isEmpty)
            if isFull {
                later.append(next)
                break
            }
            let hasRoom = !next.request.isWrite || keys.insert(next.key).inserted
            if hasRoom { batch.append(next) } else { later.append(next) }
        }
        pending.prepend(contentsOf: later)
        return batch.sorted { $0.key < $1.key }
    }

    /// A batch that Postgres refuses for one value in it is tried again by halves until that value is alone.
    private func commit(_ batch: [Pending]) async {
        let start = ContinuousClock.now
        do throws(DatabaseError) {
            let replies = try await perform(batch.map(\.request))
            let info = BatchInfo(size: batch.count, start: start, end: .now)
            for (pending, reply) in zip(batch, replies) {
                pending.continuation.resume(returning: .success(Committed(reply: reply, batch: info)))
            }
        } catch {
            guard error.isCausedByData, batch.count > 1 else {
                for pending in batch { pending.continuation.resume(returning: .failure(error)) }
                return
            }
            let middle = batch.count / 2
            await commit(Array(batch[..<middle]))
            await commit(Array(batch[middle...]))
        }
    }
}

/// Bounds of one batch.
struct BatchLimits: Sendable {
    var requests = 512
    /// Bodies make a batch heavy: 8 MiB at most, or one request alone.
    var bytes = 8 << 20
}

/// When a batch was on its way to Postgres, and how many shared it.
public struct BatchInfo: Sendable {
    public var size: Int
    public var start: ContinuousClock.Instant
    public var end: ContinuousClock.Instant
}
