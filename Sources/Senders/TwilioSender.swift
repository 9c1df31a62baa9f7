import DomainEvents
import FoundationEssentials
import Pipeline
import Reactor
import Transfer

/// Sends SMS through Twilio's REST interface (`POST …/Messages.json`), one request a message.
public actor TwilioSender: Sender {
    /// What spans show in place of the path, which holds the account's id.
    public static let urlTemplate = "/2010-04-01/Accounts/{sid}/Messages.json"
    private static let maximumAnswer = 64 * 1024

    public nonisolated let name: String
    public nonisolated let channel = Channel.sms
    public nonisolated var unownedExecutor: UnownedSerialExecutor { reactor.executor.asUnownedSerialExecutor() }

    private let configuration: TwilioSenderConfiguration
    private let engine: TransferEngine
    private let reactor: Reactor
    private let clock = ContinuousClock()
    private let limiter: RateLimiter
    private var isShutDown = false

    public init(configuration: TwilioSenderConfiguration, engine: TransferEngine, reactor: Reactor) {
        self.configuration = configuration
        self.engine = engine
        self.reactor = reactor
        name = configuration.name
        limiter = RateLimiter(provider: configuration.name, rate: configuration.rate, reactor: reactor)
    }

    /// Takes effect with the next message. nil: no limit.
    public func setRate(_ messagesPerSecond: Double?) async {
        await limiter.setRate(messagesPerSecond)
    }

    public func send(
        _ notification: OutgoingNotification,
        _ steps: SendSteps
    ) async -> SendReport {
        let start = clock.now
        var report = SendReport(
            result: .abandoned,
            provider: name,
            timings: .zero,
            httpMethod: "POST",
            urlTemplate: Self.urlTemplate
        )
        (report.serverAddress, report.serverPort) = URLHost.split(configuration.baseURL)
        let result = await attempt(notification, start: start, &report, steps)
        (report.result, report.standing) = (result.verdict, result.standing)
        report.timings.total = start.duration(to: clock.now)
        return report
    }

    private func attempt(
        _ notification: OutgoingNotification,
        start: ContinuousClock.Instant,
        _ report: inout SendReport,
        _ steps: SendSteps
    ) async -> Judgement {
        guard case .sms(let text, _) = notification.content, case .phone(let number) = notification.address else {
            return Judgement(.permanent(.addressMissing, "an SMS needs SMS content and a phone number"), .unknown)
        }
        let turn = start.advanced(by: configuration.longestWait)
        if let verdict = await limiter.wait(until: turn, orThrottleAs: .httpTimeout) { return Judgement(verdict) }
        guard await steps.begin(), !Task.isCancelled, !isShutDown else { return Judgement(.abandoned) }
        let request = messageRequest(
            text,
            to: number,
            timeout: configuration.sendTimeout - start.duration(to: clock.now)
        )
        let secrets = notification.secrets + ownSecrets
        do {
            let response = try await engine.http(request, onBodyOut: steps.lastByteIsOut)
            report.timings = response.timings
            report.httpStatus = response.status
            return TwilioClassification.result(
                status: response.status,
                answer: TwilioAnswer(body: response.body),
                retryAfter: response.header("retry-after").flatMap { RetryAfter.delay($0, now: Date()) },
                hiding: secrets
            )
        } catch {
            report.timings = error.timings
            report.httpStatus = error.httpStatus
            return TwilioClassification.result(failure: error, hiding: secrets)
        }
    }

    private func messageRequest(_ text: String, to number: PhoneNumber, timeout: Duration) -> HTTPRequest {
        let origin =
            switch configuration.origin {
            case .from(let from): (name: "From", value: from)
            case .messagingService(let sid): (name: "MessagingServiceSid", value: sid)
            }
        return request(
            "POST",
            path: "/Messages.json",
            body: FormEncoding.encode([("To", number.value), origin, ("Body", text)]),
            timeout: timeout
        )
    }

    private func request(_ method: String, path: String, body: [UInt8]?, timeout: Duration) -> HTTPRequest {
        var headers: [(name: String, value: String)] = [("Accept", "application/json")]
        if body != nil { headers.append(("Content-Type", "application/x-www-form-urlencoded")) }
        return HTTPRequest(
            method: method,
            url: "\(configuration.baseURL)/2010-04-01/Accounts/\(URLHost.pathSegment(configuration.accountSID))\(path)",
            headers: headers,
            body: body,
            timeout: max(timeout, .milliseconds(1)),
            credentials: HTTPRequest.Credentials(
                username: configuration.accountSID,
                password: configuration.authToken
            ),
            caFile: configuration.caFile,
            maximumResponseBody: Self.maximumAnswer
        )
    }

    private var ownSecrets: [String] { [configuration.authToken, configuration.accountSID] }

    /// Answers of a server that stands in for Twilio and takes messages only; Twilio's own have a code beside them.
    private static let noSuchPage = [404, 405, 501]

    /// Reads the account's own record: costs nothing, and needs host, TLS, account and token to be right.
    public func probe() async -> ProbeResult {
        do {
            let response = try await engine.http(
                request("GET", path: ".json", body: nil, timeout: configuration.sendTimeout)
            )
            let answer = TwilioAnswer(body: response.body)
            if (200...299).contains(response.status) { return .healthy("\(configuration.baseURL), logged in") }
            if answer.code == nil, Self.noSuchPage.contains(response.status) {
                return .healthy("\(configuration.baseURL), login not checked (HTTP \(response.status))")
            }
            let verdict = TwilioClassification.result(status: response.status, answer: answer, hiding: ownSecrets)
                .verdict
            let (code, detail) = (verdict.code ?? .http(response.status), verdict.detail ?? "")
            return (500...599).contains(response.status) || [408, 425, 429].contains(response.status)
                ? .unreachable(code, detail) : .refused(code, detail)
        } catch {
            let verdict = TwilioClassification.result(failure: error, hiding: ownSecrets).verdict
            let code = verdict.code ?? .httpConnect
            let detail = verdict.detail ?? "given up before the server answered"
            switch error.kind {
            case .tls, .configuration: return .refused(code, detail)
            case .dns, .connect, .login, .refused, .timeout, .noAnswer, .badAnswer, .closed, .cancelled:
                return .unreachable(code, detail)
            }
        }
    }

    public func shutdown() async {
        isShutDown = true
    }
}
