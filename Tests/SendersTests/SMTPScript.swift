/// A mail server's side of an SMTP session, with a place for each thing that can go wrong.
struct SMTPScript: Sendable {
    var greeting = "220 mx.example ESMTP"
    var capabilities = ["PIPELINING", "SMTPUTF8", "8BITMIME", "SIZE 10240000"]
    var mail = "250 2.1.0 Ok"
    var recipient = "250 2.1.5 Ok"
    var data = "354 go on"
    /// nil: silence.
    var answer: String? = "250 2.0.0 Ok: queued as TEST01"
    /// Hangs up in place of the answer.
    var hangsUpAfterDot = false
    /// Hangs up after this many messages, as a server does with an idle session.
    var messagesPerSession = Int.max
    /// Said with the hang-up.
    var farewell: String?

    /// Notes `message` for each one taken; returns when the client is gone or the script says so.
    func run(_ server: ScriptedServer, _ connection: ScriptedServer.Connection) {
        connection.say(greeting)
        guard greeting.hasPrefix("2") else { return }
        var messages = 0
        while let line = connection.line() {
            switch line.prefix(4).uppercased() {
            case "EHLO":
                for capability in capabilities { connection.say("250-\(capability)") }
                connection.say("250 ENHANCEDSTATUSCODES")
            case "MAIL": connection.say(mail)
            case "RCPT": connection.say(recipient)
            case "DATA":
                connection.say(data)
                guard data.hasPrefix("354") else { continue }
                while let text = connection.line(), text != "." { continue }
                server.note("message")
                if hangsUpAfterDot { return }
                guard let answer else { continue }
                connection.say(answer)
                messages += 1
                if messages >= messagesPerSession {
                    if let farewell { connection.say(farewell) }
                    server.note("hung up")
                    return
                }
            case "QUIT":
                server.note("quit")
                connection.say("221 bye")
                return
            default: connection.say("250 Ok")
            }
        }
        server.note("client gone")
    }
}
