import Foundation
import Testing

/// Real TLS peers: Debian's aiosmtpd with STARTTLS and AUTH, and a small HTTPS server, under a throw-away CA.
final class TLSServers: Sendable {
    static let isPossible =
        [python, openssl].allSatisfy(FileManager.default.isExecutableFile)
        && (try? ChildProcess.run(python, ["-c", "import aiosmtpd"], in: "/")) != nil
    private static let python = "/usr/bin/python3"
    private static let openssl = "/usr/bin/openssl"

    let folder: URL
    let smtpPort: Int
    let smtpsPort: Int
    let httpsPort: Int
    var caFile: String { folder.appendingPathComponent("ca.pem").path }
    var otherCAFile: String { folder.appendingPathComponent("other.pem").path }
    private let process: ChildProcess

    init() throws {
        folder = FileManager.default.temporaryDirectory.appendingPathComponent("transfer-tests-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        try Self.makeCertificates(in: folder)
        let script = folder.appendingPathComponent("servers.py")
        try Self.script.write(to: script, atomically: true, encoding: .utf8)
        process = try ChildProcess(Self.python, [script.path, folder.path], in: folder.path)
        let line = process.line() ?? "nothing"
        let ports = line.split(separator: " ").compactMap { Int($0) }
        guard ports.count == 3 else {
            throw ChildProcess.Failure(what: "the servers said \(line) instead of their ports")
        }
        (smtpPort, smtpsPort, httpsPort) = (ports[0], ports[1], ports[2])
    }

    deinit {
        try? FileManager.default.removeItem(at: folder)
    }

    /// A CA, another CA, and a certificate of the first for `localhost` (not for 127.0.0.1).
    private static func makeCertificates(in folder: URL) throws {
        let key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
        for name in ["ca", "other"] {
            let names = ["-subj", "/CN=\(name)", "-keyout", "\(name).key", "-out", "\(name).pem", "-days", "2"]
            try ChildProcess.run(openssl, ["req", "-x509"] + key + names, in: folder.path)
        }
        let names = ["-subj", "/CN=localhost", "-keyout", "server.key", "-out", "csr"]
        try ChildProcess.run(openssl, ["req"] + key + names, in: folder.path)
        let extensions = folder.appendingPathComponent("ext")
        try "subjectAltName=DNS:localhost".write(to: extensions, atomically: true, encoding: .utf8)
        let authority = ["-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial"]
        let signing = ["x509", "-req", "-in", "csr", "-extfile", "ext", "-out", "server.pem", "-days", "2"]
        try ChildProcess.run(openssl, signing + authority, in: folder.path)
    }

    private static let script = """
        import asyncio, ssl, sys
        from aiosmtpd.smtp import SMTP, AuthResult

        folder = sys.argv[1]
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(folder + "/server.pem", folder + "/server.key")

        class Handler:
            async def handle_DATA(self, server, session, envelope):
                return "250 took %d bytes" % len(envelope.content)

        def authenticate(server, session, envelope, mechanism, data):
            return AuthResult(success=data.login == b"user" and data.password == b"secret", handled=False)

        def smtp():
            return SMTP(Handler(), hostname="mail.example", tls_context=context, require_starttls=True,
                        auth_required=True, authenticator=authenticate, data_size_limit=64 << 20)

        def smtps():
            return SMTP(Handler(), hostname="mail.example", auth_require_tls=False, authenticator=authenticate)

        async def https(reader, writer):
            try:
                while True:
                    await reader.readuntil(b"\\r\\n\\r\\n")
                    writer.write(b"HTTP/1.1 200 OK\\r\\nContent-Length: 2\\r\\n\\r\\nok")
            except (asyncio.IncompleteReadError, ConnectionError):
                writer.close()

        async def main():
            loop = asyncio.get_running_loop()
            servers = [
                await loop.create_server(smtp, "127.0.0.1", 0),
                await loop.create_server(smtps, "127.0.0.1", 0, ssl=context),
                await asyncio.start_server(https, "127.0.0.1", 0, ssl=context),
            ]
            print(*[server.sockets[0].getsockname()[1] for server in servers], flush=True)
            await asyncio.Event().wait()

        asyncio.run(main())
        """
}
