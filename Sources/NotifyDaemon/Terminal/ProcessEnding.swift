import Glibc

/// Ends the process as a signal's own action would, so that a shell sees 128 and the signal's number and stops its loop.
enum ProcessEnding {
    static func bySignal(_ number: Int32) -> Never {
        signal(number, SIG_DFL)
        var set = sigset_t()
        sigemptyset(&set)
        sigaddset(&set, number)
        pthread_sigmask(SIG_UNBLOCK, &set, nil)
        raise(number)
        _exit(128 + number)
    }
}
