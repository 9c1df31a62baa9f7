import FoundationEssentials
import Testing

@testable import NotifyDaemon

@Suite struct ProbeRoutesTests {
    private let board = HealthBoard([HealthBoard.consumer: .down, HealthBoard.broker: .up]) {
        Date(timeIntervalSince1970: 1_795_000_000)
    }
    private let liveness = Liveness()

    private var routes: ProbeRoutes { ProbeRoutes(health: board, liveness: liveness, metrics: { "a_total 1\n" }) }

    @Test("readyz: 503 until it consumes, then 200; each component with its state and since when")
    func readyz() {
        let down = routes.answer(method: "GET", path: "/readyz")
        #expect(down.status == 503)
        #expect(
            down.body == """
                {"components":{"broker":{"since":"2026-11-18T11:06:40Z","status":"up"},\
                "consumer":{"since":"2026-11-18T11:06:40Z","status":"down"}},"status":"unavailable"}

                """
        )
        board.set(HealthBoard.consumer, .up)
        let up = routes.answer(method: "GET", path: "/readyz")
        #expect(up.status == 200)
        #expect(up.contentType == "application/json")
        #expect(up.body.hasSuffix("\"status\":\"ok\"}\n"))
    }

    @Test("livez: 200 with servers away, 503 with a stage that is stuck")
    func livez() {
        board.set(HealthBoard.broker, .down)
        #expect(routes.answer(method: "GET", path: "/livez").status == 200)
        liveness.turned(StageTable.Stuck(stage: .claim, duration: .seconds(100)))
        let stuck = routes.answer(method: "GET", path: "/livez")
        #expect(stuck.status == 503)
        #expect(stuck.body.contains("\"reason\":\"a message has been in stage claim for 100 s\""))
        #expect(stuck.body.contains("\"status\":\"stuck\""))
    }

    @Test("metrics are Prometheus' text")
    func metrics() {
        let answer = routes.answer(method: "GET", path: "/metrics")
        #expect(answer.contentType == "text/plain; version=0.0.4; charset=utf-8")
        #expect(answer.body == "a_total 1\n")
    }

    @Test("nothing else is there, and nothing but GET", arguments: ["/livez", "/readyz", "/metrics"])
    func others(_ path: String) {
        for method in ["POST", "PUT", "DELETE", "OPTIONS", "HEAD", "TRACE"] {
            #expect(routes.answer(method: method, path: path).status == 405)
        }
        #expect(routes.answer(method: "GET", path: path + "/").status == 404)
        #expect(routes.answer(method: "GET", path: "/").status == 404)
    }
}
