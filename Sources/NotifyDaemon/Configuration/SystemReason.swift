import FoundationEssentials

/// The reason why a file cannot be read, in words, without Foundation's error texts.
enum SystemReason {
    static func ofReading(_ path: String) -> String {
        var isFolder = false
        guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else {
            return "there is no such file"
        }
        if isFolder { return "it is a folder" }
        guard FileManager.default.isReadableFile(atPath: path) else { return "this user may not read the file" }
        return "it is not UTF-8 text"
    }
}
