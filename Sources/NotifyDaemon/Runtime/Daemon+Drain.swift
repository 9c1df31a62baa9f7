import Broker
import Logging
import NotificationLog
import Reactor
import Telemetry
import Transfer

extension Daemon {
    /// Stops asking for more, finishes what is in flight, flushes, closes; at most `shutdown.drain`.
    func drain() async {
        systemd?.note(.stopping(until: .now + loaded.configuration.shutdown.drain + ShutdownSettings.afterDrain))
        let inFlight = await pipeline?.inFlight
        logger.info("draining", metadata: ["in_flight": .stringConvertible(inFlight ?? 0)])
        observation.health.set(HealthBoard.consumer, .down)
        let deadlines = drainDeadlines()
        await poller?.stop()
        await pauseWatch?.stop()
        await backlog?.stop()
        await retention?.stop()
        await consumer.stopConsuming()
        await pipeline?.stopWaiting()
        await pipeline?.untilIdle()
        for deadline in deadlines { deadline.cancel() }
        await leases?.stop()
        await consumer.close()
        await senders.shutdown()
        await telemetry.shutdown(timeout: ShutdownSettings.flushTime)
        await log.close()
        await wiring.engine.shutdown()
        logger.info("stopped")
    }

    /// What has not left by the end of the time is given up; Postgres gets a little longer to hear of it.
    private func drainDeadlines() -> [ReactorTimer] {
        let limit = loaded.configuration.shutdown.drain
        let (reactor, log, pipeline) = (wiring.reactor, log, pipeline)
        return [
            reactor.schedule(after: limit) { reactor.task { await pipeline?.cancelAll() } },
            reactor.schedule(after: limit + ShutdownSettings.settleTime) { reactor.task { await log.close() } },
        ]
    }
}
