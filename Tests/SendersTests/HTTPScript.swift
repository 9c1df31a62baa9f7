import Testing

/// A web server's side of one request: notes it, and gives the answer a test wants.
struct HTTPScript: Sendable {
    var status = 201
    var headers: [String] = []
    var body = #"{"sid":"SM0123456789abcdef","status":"queued"}"#
    /// Hangs up in place of the answer.
    var hangsUp = false
    /// Returns after so many.
    var requests = Int.max

    func run(_ server: ScriptedServer, _ connection: ScriptedServer.Connection) {
        var served = 0
        while served < requests, let requestLine = connection.line() {
            served += 1
            server.note(requestLine)
            var length = 0
            while let header = connection.line(), !header.isEmpty {
                server.note(header)
                if header.lowercased().hasPrefix("content-length:") {
                    length = Int(header.dropFirst(15).drop { $0 == " " }) ?? 0
                }
            }
            server.note(String(decoding: connection.bytes(length), as: UTF8.self))
            if hangsUp { return }
            connection.say("HTTP/1.1 \(status) Status")
            for header in headers { connection.say(header) }
            connection.say("Content-Type: application/json")
            connection.say("Content-Length: \(body.utf8.count + 2)")
            connection.say("")
            connection.say(body)
        }
    }
}
