/// How the program ends (contract section 1; the numbers above 1 are those of sysexits.h).
enum ExitStatus: Int32, Sendable {
    case done = 0
    case failed = 1
    case usage = 64
    case unavailable = 69
    case configuration = 78
}
