#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// Where the service manager listens: what `NOTIFY_SOCKET` names (sd_notify(3)).
enum NotifyAddress: Equatable, Sendable {
    /// A socket in the file system, by its absolute path.
    case path(String)
    /// One in Linux's abstract name space, which `@` announces (unix(7)); its name without that.
    case abstract(String)

    struct Invalid: Error, Equatable, CustomStringConvertible {
        let description: String
    }

    /// - Parameter text: the variable's value.
    init(parsing text: String) throws(Invalid) {
        let shown = PrintableText.escaped(text)
        if text.hasPrefix("/") {
            self = .path(text)
        } else if text.hasPrefix("@"), text.utf8.count > 1 {
            self = .abstract(String(text.dropFirst()))
        } else {
            throw Invalid(description: "NOTIFY_SOCKET: \(shown) is neither an absolute path nor @ and a name")
        }
        guard name.count <= Self.capacity else {
            throw Invalid(description: "NOTIFY_SOCKET: \(shown) has more than \(Self.capacity - 1) bytes")
        }
    }

    /// What stands in `sun_path`: a path ends with a zero, an abstract name begins with one and has no end of its own.
    private var name: [UInt8] {
        switch self {
        case .path(let path): Array(path.utf8) + [0]
        case .abstract(let name): [0] + Array(name.utf8)
        }
    }

    private static let capacity = MemoryLayout.size(ofValue: sockaddr_un().sun_path)

    /// Gives a system call the address as the kernel takes it.
    func withSocketAddress<Result>(_ body: (UnsafePointer<sockaddr>, socklen_t) -> Result) -> Result {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: name) }
        let offset = MemoryLayout<sockaddr_un>.offset(of: \.sun_path) ?? MemoryLayout<sa_family_t>.size
        let length = socklen_t(offset + name.count)
        return withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { body($0, length) }
        }
    }
}
