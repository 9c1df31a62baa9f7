#if CRASH_POINTS
    import FoundationEssentials
    import Glibc
    import Synchronization
#endif

/// The steps of an event's way at which a test can have the program die.
enum CrashPoint: String, Sendable {
    /// A message came; nothing was done with it.
    case receive
    /// Its claim was committed.
    case claim
    /// Its send was marked as begun, in a commit.
    case begin
    /// The last byte of its message went out to the provider.
    case lastByte = "last_byte"
    /// The provider's acceptance is in hand, and nobody else knows of it.
    case accepted
    /// Its outcome was committed.
    case settle
    /// The broker is about to be told.
    case ack
}

/// Lets the program be killed at an exact step, as by `kill -9`; debug builds only, in others nothing is left of it.
///
/// `CRASH_AT` names the step, `CRASH_AFTER` how many times it is passed before (default 1: the first time), and
/// `CRASH_EVENT` narrows it to messages with that `message_id`. With `CRASH_BY=stall` the thread is blocked there for good
/// instead, as by a call that should not block.
struct CrashPoints: Sendable {
    #if CRASH_POINTS
        private let step: CrashPoint?
        private let messageID: String?
        private let stalls: Bool
        private let passages: Passages

        private final class Passages: Sendable {
            let left: Atomic<Int>

            init(_ count: Int) {
                left = Atomic(count)
            }
        }

        init(environment: [String: String]) {
            step = environment["CRASH_AT"].flatMap(CrashPoint.init(rawValue:))
            messageID = environment["CRASH_EVENT"]
            stalls = environment["CRASH_BY"] == "stall"
            passages = Passages(environment["CRASH_AFTER"].flatMap { Int($0) } ?? 1)
        }

        func pass(_ point: CrashPoint, messageID: String?) {
            guard point == step, self.messageID == nil || self.messageID == messageID else { return }
            guard passages.left.subtract(1, ordering: .relaxed).newValue == 0 else { return }
            while stalls { pause() }
            kill(getpid(), SIGKILL)
        }
    #else
        init(environment: [String: String]) {}

        func pass(_ point: CrashPoint, messageID: String?) {}
    #endif
}
