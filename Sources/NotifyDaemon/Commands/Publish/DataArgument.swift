import Glibc

/// `--data JSON | @FILE | -`.
enum DataArgument {
    static func read(_ argument: String) throws(CommandFailure) -> [UInt8] {
        if argument == "-" { return try InputFile.read("-") }
        guard argument.hasPrefix("@") else { return Array(argument.utf8) }
        return try InputFile.read(String(argument.dropFirst()))
    }
}

/// Files and standard input that a command is told to read.
enum InputFile {
    /// A million contacts are about 100 MB.
    private static let limit = 1 << 30

    /// - Parameter path: `-` is standard input.
    static func read(_ path: String) throws(CommandFailure) -> [UInt8] {
        do {
            if path == "-" { return try FileBytes.read(STDIN_FILENO, limit: limit) }
            return try FileBytes.read(path, limit: limit)
        } catch {
            let name = path == "-" ? "standard input" : path
            throw CommandFailure(.failed, "\(name) cannot be read: \(error.detail ?? "")")
        }
    }
}
