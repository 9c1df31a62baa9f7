import Reactor

/// Waits for a condition that something else brings about, looking again every few milliseconds.
///
/// - Returns: whether it came true within `limit`.
public func eventually(
    within limit: Duration = .seconds(20),
    _ condition: () async throws -> Bool
) async rethrows -> Bool {
    let clock = Reactor(label: "eventually")
    let deadline = ContinuousClock.now + limit
    while try await !condition() {
        guard ContinuousClock.now < deadline else { return false }
        // Cancelled: the next look decides.
        try? await clock.sleep(for: .milliseconds(2))
    }
    return true
}
