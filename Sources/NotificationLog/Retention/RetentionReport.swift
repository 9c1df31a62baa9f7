/// What a run of retention came to.
public enum RetentionOutcome: Sendable, Equatable {
    case applied(RetentionReport)
    /// Another replica, or somebody's command, is at it.
    case running
    /// The role may not call the functions, so somebody else has to.
    case forbidden(role: String)
}

/// What a run of retention changed.
public struct RetentionReport: Sendable, Equatable {
    /// Tables made for coming months.
    public var madeTables: [String] = []
    /// Tables of months that are past, with everything that was in them.
    public var droppedTables: [String] = []
    /// Rows deleted one by one: by kind, in the order they went; kinds without any are left out.
    public var removed: [(kind: String, count: Int)] = []

    public init() {}

    public var isEmpty: Bool { madeTables.isEmpty && droppedTables.isEmpty && removed.isEmpty }

    public static func == (left: RetentionReport, right: RetentionReport) -> Bool {
        left.madeTables == right.madeTables && left.droppedTables == right.droppedTables
            && left.removed.elementsEqual(right.removed) { $0 == $1 }
    }

    mutating func add(_ count: Int, of kind: String) {
        guard count > 0 else { return }
        if let index = removed.firstIndex(where: { $0.kind == kind }) {
            removed[index].count += count
        } else {
            removed.append((kind, count))
        }
    }
}
