import HTTPTypes
import HummingbirdCore
import Logging
import NIOCore
import NIOPosix
import ServiceLifecycle
import Telemetry

/// Serves probes and metrics on `http.listen`, on a thread of its own: it answers when the reactor does not.
///
/// An address that is taken keeps nobody from sending: it is tried again until it is free.
final class ProbeServer: Sendable {
    static let retryPause = Duration.seconds(5)
    /// Scrapers and probes keep a connection or two each; more than this is somebody else's mistake.
    private static let maximumConnections = 64
    private static let idleTimeout = TimeAmount.seconds(75)

    private let address: ListenAddress
    private let routes: ProbeRoutes
    private let health: HealthBoard
    private let logger: Logger
    private let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)

    init(address: ListenAddress, routes: ProbeRoutes, health: HealthBoard, logger: Logger) {
        self.address = address
        self.routes = routes
        self.health = health
        self.logger = logger
    }

    /// Serves until the task is cancelled.
    func run() async {
        var failures = RepeatedFailure()
        while !Task.isCancelled {
            do {
                try await serve()
            } catch {
                guard !Task.isCancelled else { break }
                health.set(HealthBoard.http, .down)
                report(error, &failures)
                try? await Task.sleep(for: Self.retryPause)
            }
        }
        health.set(HealthBoard.http, .down)
        try? await group.shutdownGracefully()
    }

    private func serve() async throws {
        let configuration = ServerConfiguration(
            address: .hostname(address.host, port: address.port),
            availableConnectionsDelegate: MaximumAvailableConnections(Self.maximumConnections)
        )
        let http1 = HTTPServerBuilder.http1(configuration: HTTP1Channel.Configuration(idleTimeout: Self.idleTimeout))
        let server = try http1.buildServer(
            configuration: configuration,
            eventLoopGroup: group,
            // What it would say of its own is said by us, in our words.
            logger: Logger(label: "http", factory: { _ in SwiftLogNoOpLogHandler() }),
            responder: { [routes] request, writer, _ in try await routes.respond(to: request, by: writer) },
            onServerRunning: { [self] _ in isListening() }
        )
        try await server.run()
    }

    private func isListening() {
        health.set(HealthBoard.http, .up)
        logger.info("listening", metadata: ["server": .string("\(address)")])
    }

    private func report(_ error: any Error, _ failures: inout RepeatedFailure) {
        let reason = (error as? IOError)?.description ?? "\(error)"
        guard let count = failures.shouldReport(reason, now: .now) else { return }
        logger.warning(
            "waiting",
            metadata: [
                "error": .string("cannot listen on \(address) (http.listen): \(reason)"),
                "failures": .stringConvertible(count),
            ]
        )
    }
}

extension ProbeRoutes {
    fileprivate func respond(to request: Request, by writer: consuming ResponseWriter) async throws {
        let answer = answer(method: request.method.rawValue, path: String(request.uri.path))
        var headers = HTTPFields()
        headers[.contentType] = answer.contentType
        headers[.cacheControl] = "no-store"
        if answer.status == 405 { headers[.allow] = "GET" }
        let body = ByteBuffer(string: answer.body)
        headers[.contentLength] = String(body.readableBytes)
        let head = HTTPResponse(status: HTTPResponse.Status(code: answer.status), headerFields: headers)
        // A HEAD request has no body in its answer, whatever its status (RFC 9110 §9.3.2).
        let isHead = request.method == .head
        try await writer.write(response: head, body: isHead ? ResponseBody() : ResponseBody(byteBuffer: body))
    }
}
