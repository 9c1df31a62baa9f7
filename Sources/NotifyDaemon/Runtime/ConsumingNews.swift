/// What the log is told of consuming: that it began and that it paused, and nothing of the moments in between in which
/// one message is fetched to probe a provider.
struct ConsumingNews: Equatable {
    enum Line: Equatable {
        case consuming
        case paused
    }

    private var isConsuming = false
    private var isForProbe = false
    /// As the log knows it; nil after a new connection.
    private var told: Bool?

    /// On a new connection everything is said again.
    mutating func connected() {
        told = nil
    }

    mutating func changed(isConsuming: Bool) -> Line? {
        self.isConsuming = isConsuming
        if !isConsuming { isForProbe = false }
        return news()
    }

    /// - Parameter isProbe: false when consuming goes on for all; a pause ends it by itself.
    mutating func isForProbe(_ isProbe: Bool) -> Line? {
        isForProbe = isProbe
        return isConsuming && !isProbe ? news() : nil
    }

    private mutating func news() -> Line? {
        guard !(isConsuming && isForProbe), told != isConsuming else { return nil }
        told = isConsuming
        return isConsuming ? .consuming : .paused
    }
}
