import Database
import FoundationEssentials
import Logging
import NotificationLog
import Reactor

/// Keeps the leases of claims that are being worked on from running out, since a provider's answer may take minutes.
actor LeaseKeeper {
    private let claims: ClaimStore
    private let lease: Duration
    private let log: Logger
    private var errors = RepeatedDatabaseError()
    private let reactor: Reactor
    nonisolated var unownedExecutor: UnownedSerialExecutor { reactor.executor.asUnownedSerialExecutor() }

    private var held: [UUID: Holding] = [:]
    private var timer: ReactorTimer?

    private struct Holding {
        var claim: Claim
        /// Until when the lease surely lasts, by our clock.
        var until: ContinuousClock.Instant
    }

    init(claims: ClaimStore, lease: Duration, reactor: Reactor, log: Logger) {
        self.claims = claims
        self.lease = lease
        self.reactor = reactor
        self.log = log
    }

    /// A third of the lease leaves room for two renewals to fail.
    func start() {
        timer = reactor.schedule(every: lease / 3) { [weak self] in
            guard let self else { return }
            self.reactor.task { await self.renewAll() }
        }
    }

    func stop() {
        timer?.cancel()
        timer = nil
    }

    func hold(_ claim: Claim, since start: ContinuousClock.Instant) {
        held[claim.token] = Holding(claim: claim, until: start + lease)
    }

    /// The same claim, of which more is known now.
    func replace(_ claim: Claim) {
        held[claim.token]?.claim = claim
    }

    func drop(_ claim: Claim) {
        held[claim.token] = nil
    }

    /// Whether a send that may take `needed` up to its last byte may begin under the claim.
    func lasts(_ claim: Claim, for needed: Duration, now: ContinuousClock.Instant = .now) -> Bool {
        held[claim.token].map { $0.until - now >= needed } ?? false
    }

    /// Every claim that is held now.
    var all: [Claim] { held.values.map(\.claim) }

    /// Renews one claim at once; false when it is lost.
    func renew(_ claim: Claim) async -> Bool {
        guard await renew([claim]) else { return false }
        return lasts(claim, for: lease / 2)
    }

    /// Renews what our clock says has run out.
    ///
    /// - Returns: false when Postgres could not be asked.
    func refresh() async -> Bool {
        let now = ContinuousClock.now
        let expired = held.values.filter { $0.until <= now }.map(\.claim)
        return expired.isEmpty ? true : await renew(expired)
    }

    private func renewAll() async {
        let due = held.values.map(\.claim)
        if !due.isEmpty { _ = await renew(due) }
    }

    private func renew(_ renewed: [Claim]) async -> Bool {
        let start = ContinuousClock.now
        do throws(DatabaseError) {
            let ours = try await claims.renew(renewed)
            for claim in renewed {
                if ours.contains(claim.token) {
                    held[claim.token]?.until = start + lease
                } else if held[claim.token]?.claim.key == claim.key, held.removeValue(forKey: claim.token) != nil {
                    // Most often it settled meanwhile; a settle that comes too late says so itself. Under another key it was
                    // decided on meanwhile and is still ours.
                    log.debug("claim ended", metadata: ["event_id": .string(claim.eventID)])
                }
            }
            log.debug(
                "leases renewed",
                metadata: ["claims": .stringConvertible(renewed.count), "kept": .stringConvertible(ours.count)]
            )
            return true
        } catch {
            errors.log("leases not renewed", error, to: log)
            return false
        }
    }
}
