import Glibc
import Synchronization

/// A program beside the test, ended with it; Foundation's `Process` can only be waited for on the thread that ran it.
final class ChildProcess: Sendable {
    struct Failure: Error {
        let what: String
    }

    private let pid: pid_t
    private let output: Int32

    /// - Parameter folder: where it runs.
    init(_ tool: String, _ arguments: [String], in folder: String) throws {
        (pid, output) = try Self.starting.withLock { _ in try Self.spawn(tool, arguments, in: folder) }
    }

    /// One at a time: no child may inherit the other's pipe between its making and its mark.
    private static let starting = Mutex(())

    private static func spawn(_ tool: String, _ arguments: [String], in folder: String) throws -> (pid_t, Int32) {
        var pipes: [Int32] = [0, 0]
        guard pipe(&pipes) == 0 else { throw Failure(what: "pipe: \(errno)") }
        for end in pipes { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_adddup2(&actions, pipes[1], 1)
        posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0)
        var argv = (["env", "-C", folder, tool] + arguments).map { strdup($0) } + [nil]
        defer { for argument in argv { free(argument) } }
        var pid = pid_t()
        let code = posix_spawn(&pid, "/usr/bin/env", &actions, nil, &argv, environ)
        close(pipes[1])
        guard code == 0 else {
            close(pipes[0])
            throw Failure(what: "\(tool): \(code)")
        }
        return (pid, pipes[0])
    }

    /// Runs a tool to its end.
    static func run(_ tool: String, _ arguments: [String], in folder: String) throws {
        let child = try ChildProcess(tool, arguments, in: folder)
        while child.line() != nil {}
        guard child.wait() == 0 else { throw Failure(what: "\(tool) \(arguments.first ?? "") failed") }
    }

    /// The next line of its standard output; nil at the end.
    func line() -> String? {
        var bytes: [UInt8] = []
        var byte: UInt8 = 0
        while read(output, &byte, 1) == 1 {
            if byte == 0x0A { return String(decoding: bytes, as: UTF8.self) }
            bytes.append(byte)
        }
        return bytes.isEmpty ? nil : String(decoding: bytes, as: UTF8.self)
    }

    private func wait() -> Int32 {
        var status: Int32 = 0
        while waitpid(pid, &status, 0) < 0, errno == EINTR {}
        return status
    }

    deinit {
        // Ended and waited for already: no such child, and nothing happens.
        var status: Int32 = 0
        if waitpid(pid, &status, WNOHANG) == 0 {
            kill(pid, SIGKILL)
            _ = wait()
        }
        close(output)
    }
}
