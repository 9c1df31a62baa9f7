import Glibc

/// Reads whole files as the system gives them: regular ones, devices and pipes alike (`--config <(sops -d …)`).
enum FileBytes {
    /// - Parameter limit: bytes; more is an error, so that a wrong path such as a log file stays out of memory.
    /// - Throws: `InvalidValue` with the reason in words, without the path.
    static func read(_ path: String, limit: Int) throws(InvalidValue) -> [UInt8] {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw reason(errno) }
        defer { close(descriptor) }
        return try read(descriptor, limit: limit)
    }

    /// Everything up to the end of an open file.
    static func read(_ descriptor: Int32, limit: Int) throws(InvalidValue) -> [UInt8] {
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 65536)
        while true {
            let count = chunk.withUnsafeMutableBytes { Glibc.read(descriptor, $0.baseAddress, $0.count) }
            if count == 0 { return bytes }
            if count < 0 {
                if errno == EINTR { continue }
                throw reason(errno)
            }
            bytes += chunk[..<count]
            guard bytes.count <= limit else { throw InvalidValue("it is larger than \(limit) bytes") }
        }
    }

    /// Why a file cannot be opened; nil: it can.
    static func problem(_ path: String) -> String? {
        access(path, R_OK) == 0 ? nil : reason(errno).detail
    }

    private static func reason(_ code: Int32) -> InvalidValue {
        switch code {
        case ENOENT: InvalidValue("there is no such file")
        case EACCES, EPERM: InvalidValue("this user may not read it")
        case EISDIR: InvalidValue("it is a folder")
        default: InvalidValue(String(cString: strerror(code)).lowercased())
        }
    }
}
