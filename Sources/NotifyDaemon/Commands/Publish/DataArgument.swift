import FoundationEssentials

/// `--data JSON | @FILE | -`.
enum DataArgument {
    static func read(_ argument: String) throws(CommandFailure) -> [UInt8] {
        if argument == "-" { return try StandardInput.readAll() }
        guard argument.hasPrefix("@") else { return Array(argument.utf8) }
        return try InputFile.read(String(argument.dropFirst()))
    }
}

/// Files and standard input that a command is told to read.
enum InputFile {
    /// - Parameter path: `-` is standard input.
    static func read(_ path: String) throws(CommandFailure) -> [UInt8] {
        if path == "-" { return try StandardInput.readAll() }
        guard let data = FileManager.default.contents(atPath: path) else {
            throw CommandFailure(.failed, "\(path) cannot be read: \(SystemReason.ofReading(path))")
        }
        return Array(data)
    }
}
