/// What a metric is, told once: everything that `/metrics` says about it beside its values.
///
/// Names follow Prometheus's rules (https://prometheus.io/docs/practices/naming/): base units, counters end in `_total`.
public struct MetricDescription: Sendable, Hashable {
    public enum Kind: Sendable, Hashable {
        /// Only goes up; 0 at the start.
        case counter
        /// Goes up and down.
        case gauge
        /// Counts by upper bounds, ascending, without the infinite one.
        case histogram(bounds: [Double])
    }

    public let name: String
    public let kind: Kind
    /// One sentence, with the unit where the name does not say it.
    public let help: String
    /// In the order in which they are shown.
    public let labels: [String]
    /// Beyond so many sets of label values all further ones are counted as one, each label `other`.
    public let seriesLimit: Int

    /// What the labels of everything beyond `seriesLimit` say.
    public static let overflow = "other"

    /// A wrong name, a label `le` or bounds that do not ascend are mistakes of the program.
    public init(_ name: String, _ kind: Kind, _ help: String, labels: [String] = [], seriesLimit: Int = 1_000) {
        precondition(Self.isName(name, allowsColon: true), "no name of a metric: \(name)")
        precondition((kind == .counter) == name.hasSuffix("_total"), "only a counter ends in _total: \(name)")
        precondition(labels.allSatisfy { Self.isName($0, allowsColon: false) && $0 != "le" }, "labels of \(name)")
        precondition(Set(labels).count == labels.count, "a label twice in \(name)")
        precondition(seriesLimit > 0, "no series allowed in \(name)")
        if case .histogram(let bounds) = kind {
            precondition(!bounds.isEmpty && zip(bounds, bounds.dropFirst()).allSatisfy(<), "bounds of \(name)")
        }
        self.name = name
        self.kind = kind
        self.help = help
        self.labels = labels
        self.seriesLimit = seriesLimit
    }

    /// `[a-zA-Z_:][a-zA-Z0-9_:]*`; labels without the colon.
    private static func isName(_ text: String, allowsColon: Bool) -> Bool {
        guard let first = text.utf8.first, first < UInt8(ascii: "0") || first > UInt8(ascii: "9") else { return false }
        return text.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"):
                true
            case UInt8(ascii: ":"): allowsColon
            default: false
            }
        }
    }
}
