import Reactor

/// What a connection is asked to do in one transaction, and what has come back of it so far.
///
/// Belongs to its connection's isolation; never shared.
final class UnitOfWork {
    enum Work {
        case pipeline([Statement])
        case script(String)
    }

    /// Answers that are still to come, in order.
    enum Expectation {
        case prepared(sql: String, name: String)
        case rows
    }

    typealias Continuation = CheckedContinuation<Result<[ResultTable], DatabaseError>, Never>

    let work: Work
    var expected: [Expectation] = []
    var namesBeingPrepared: [String: String] = [:]
    var tables: [ResultTable] = []
    /// The first error the server reported; what follows is only its echo.
    var error: DatabaseError?
    var timer: ReactorTimer?
    private let continuation: Continuation

    init(work: Work, continuation: Continuation) {
        self.work = work
        self.continuation = continuation
    }

    /// Called exactly once: by the connection when it takes the unit off its list.
    func finish(_ result: Result<[ResultTable], DatabaseError>) {
        timer?.cancel()
        continuation.resume(returning: result)
    }
}
