import Glibc

/// A program beside the test, ended with it; Foundation's `Process` can only be waited for on the thread that ran it.
final class ChildProcess: Sendable {
    struct Failure: Error {
        let what: String
    }

    private let pid: pid_t
    private let output: Int32

    /// - Parameter folder: where it runs.
    init(_ tool: String, _ arguments: [String], in folder: String) throws {
        var pipes: [Int32] = [0, 0]
        guard pipe2(&pipes, O_CLOEXEC) == 0 else { throw Failure(what: "pipe: \(errno)") }
        output = pipes[0]
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_adddup2(&actions, pipes[1], 1)
        posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0)
        posix_spawn_file_actions_addchdir_np(&actions, folder)
        var argv = ([tool] + arguments).map { strdup($0) } + [nil]
        defer { argv.forEach { free($0) } }
        var pid = pid_t()
        let code = posix_spawn(&pid, tool, &actions, nil, &argv, environ)
        close(pipes[1])
        guard code == 0 else {
            close(pipes[0])
            throw Failure(what: "\(tool): \(code)")
        }
        self.pid = pid
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
