import DomainEvents
import Testing

@testable import NotifyDaemon

@Suite("Error codes as labels") struct ReasonLabelTests {
    @Test(
        "a listed code stands for itself, a server's number for its class",
        arguments: [
            ("smtp.connect", "smtp.connect"), ("provider.open", "provider.open"), ("json.invalid", "json.invalid"),
            ("http.connect", "http.connect"), ("file.write", "file.write"), ("smtp.550", "smtp.5xx"),
            ("smtp.421", "smtp.4xx"), ("http.302", "http.3xx"), ("http.429", "http.4xx"), ("twilio.21211", "twilio"),
        ]
    )
    func labels(code: String, label: String) {
        #expect(ReasonLabel(ErrorCode(rawValue: code)).text == label)
    }

    @Test(
        "whatever else comes is other",
        arguments: [
            "", ".", "smtp", "smtp.", "smtp.7", "smtp.999", "smtp.5500", "smtp.١٢٣", "http.1000", "new.code", "twilio.",
        ]
    )
    func others(code: String) {
        #expect(ReasonLabel(ErrorCode(rawValue: code)).text == "other")
    }

    @Test("ten thousand codes of servers make no more than a handful of labels")
    func bounded() {
        let codes = (0..<10_000).flatMap { [ErrorCode.smtp($0), .http($0), .twilio($0)] }
        #expect(Set(codes.map { ReasonLabel($0).text }).count <= 10)
    }
}
