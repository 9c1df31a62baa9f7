/// One descriptor as the poller knows it: who wants to hear what of it, and what epoll was told.
///
/// epoll tells of a hang-up whether asked or not, and again and again: a reader that comes for the rest needs a few calls
/// at once, one who keeps a dead connection is called in slow steps and costs nothing.
struct DescriptorWatch: Sendable {
    struct Interest: OptionSet, Sendable {
        let rawValue: UInt32
        static let reading = Interest(rawValue: 1)
        static let writing = Interest(rawValue: 2)
    }

    enum Next: Equatable {
        case goesOn
        /// It is to be woken after `rest`.
        case rests
    }

    /// Calls about the same hang-up without a pause between them.
    private static let promptCalls = 8
    static let rest = Duration.milliseconds(100)

    let descriptor: Int32
    let onReadable: @Sendable () -> Void
    let onWritable: @Sendable () -> Void
    var interest: Interest = []
    /// Whether epoll has it: not while nobody wants to hear of a hang-up, and not while it rests.
    private(set) var isRegistered = true
    private var hangUps = 0
    private var isResting = false

    init(descriptor: Int32, onReadable: @escaping @Sendable () -> Void, onWritable: @escaping @Sendable () -> Void) {
        self.descriptor = descriptor
        self.onReadable = onReadable
        self.onWritable = onWritable
    }

    private var events: UInt32 {
        (interest.contains(.reading) ? Epoll.input : 0) | (interest.contains(.writing) ? Epoll.output : 0)
    }

    /// Tells epoll of a changed interest.
    mutating func apply(to epoll: Epoll, token: UInt64) {
        guard !isResting else { return }
        if isRegistered {
            epoll.change(descriptor, events: events, token: token)
        } else if !interest.isEmpty {
            isRegistered = epoll.add(descriptor, events: events, token: token)
        }
    }

    /// After the handlers were called for `events`.
    mutating func called(with events: UInt32, token: UInt64, _ epoll: Epoll) -> Next {
        guard events & Epoll.hangUp != 0 else {
            hangUps = 0
            return .goesOn
        }
        hangUps += 1
        guard interest.isEmpty || hangUps > Self.promptCalls, isRegistered else { return .goesOn }
        epoll.remove(descriptor)
        isRegistered = false
        isResting = !interest.isEmpty
        return isResting ? .rests : .goesOn
    }

    mutating func wake(_ epoll: Epoll, token: UInt64) {
        isResting = false
        apply(to: epoll, token: token)
    }
}
