import Testing

@testable import NotifyDaemon

@Suite struct NotifyAddressTests {
    @Test("an absolute path and, after @, an abstract name are addresses")
    func valid() throws {
        #expect(try NotifyAddress(parsing: "/run/systemd/notify") == .path("/run/systemd/notify"))
        #expect(try NotifyAddress(parsing: "@notify") == .abstract("notify"))
    }

    @Test("anything else is refused in words", arguments: ["", "@", "notify", "vsock:2:1234", "./notify\n"])
    func invalid(text: String) {
        let error = #expect(throws: NotifyAddress.Invalid.self) { try NotifyAddress(parsing: text) }
        #expect(error?.description.contains("is neither an absolute path nor @ and a name") == true)
        #expect(error?.description.contains("\n") == false)
    }

    @Test("a name fits into the kernel's 108 bytes, a path with its end, or it is refused")
    func length() throws {
        let path = "/" + String(repeating: "p", count: 106)
        #expect(try NotifyAddress(parsing: path) == .path(path))
        #expect(throws: NotifyAddress.Invalid.self) { try NotifyAddress(parsing: path + "p") }
        let name = String(repeating: "n", count: 107)
        #expect(try NotifyAddress(parsing: "@" + name) == .abstract(name))
        #expect(throws: NotifyAddress.Invalid.self) { try NotifyAddress(parsing: "@" + name + "n") }
    }

    @Test("the kernel is told no more bytes than the name has: an abstract one has no end of its own")
    func socketAddress() throws {
        let path = try NotifyAddress(parsing: "/run/n").withSocketAddress { $1 }
        let abstract = try NotifyAddress(parsing: "@run-n").withSocketAddress { $1 }
        #expect(path == 2 + 6 + 1)
        #expect(abstract == 2 + 1 + 5)
    }
}
