/// Gathers the spans of one trace until its local root has ended: the console exporter's decisions as a value.
struct TraceGroups {
    enum Action: Equatable {
        /// The local root ended: print soon, its last children may still be on their way.
        case printSoon(TraceID)
        /// Too many traces are open: print the oldest as it is.
        case printNow([FinishedSpan])
    }

    /// Open traces and spans of one trace beyond these are not kept: the console is for looking, not for keeping.
    static let maximumTraces = 256
    static let maximumSpans = 256

    private var order: [TraceID] = []
    private var groups: [TraceID: [FinishedSpan]] = [:]

    mutating func add(_ span: FinishedSpan) -> [Action] {
        let id = span.context.traceID
        var actions: [Action] = []
        if groups[id] == nil {
            order.append(id)
            if order.count > Self.maximumTraces { actions.append(.printNow(take(order[0]))) }
        }
        if groups[id, default: []].count < Self.maximumSpans { groups[id, default: []].append(span) }
        if span.isLocalRoot { actions.append(.printSoon(id)) }
        return actions
    }

    /// - Returns: nothing when the trace was printed already.
    mutating func take(_ id: TraceID) -> [FinishedSpan] {
        order.removeAll { $0 == id }
        return groups.removeValue(forKey: id) ?? []
    }

    /// All that is open, the oldest first.
    mutating func takeAll() -> [[FinishedSpan]] {
        order.map { take($0) }
    }
}
