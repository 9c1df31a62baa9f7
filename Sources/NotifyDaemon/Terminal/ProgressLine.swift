/// Where long work is, in one line: `publishing  [######------]  1,200/2,400  617/s  2 s left`.
struct ProgressLine: Sendable, Equatable {
    /// What is being done: `publishing`.
    let verb: String
    /// Nil: nobody knows.
    let total: Int?
    private(set) var done = 0

    private static let barWidths = 10...40

    init(_ verb: String, total: Int?) {
        self.verb = verb
        self.total = total
    }

    mutating func advance(by count: Int) {
        done += count
    }

    /// `1,200/2,400`; a total that was only an estimate grows with what is done.
    var tally: String {
        guard let total else { return CountText.grouped(done) }
        return "\(CountText.grouped(done))/\(CountText.grouped(max(total, done)))"
    }

    /// - Parameters:
    ///   - elapsed: since the work began; the rate is the mean over it.
    ///   - width: columns of the terminal; the last stays free, so that no line wraps.
    func text(elapsed: Duration, width: Int) -> String {
        var parts = [tally]
        let rate = Double(done) / max(elapsed.seconds, 0.001)
        if done > 0 { parts.append(Self.text(rate: rate)) }
        if let left = remaining(rate: rate) { parts.append("\(Self.text(seconds: left)) left") }
        let words = "\(verb)  \(parts.joined(separator: "  "))"
        let room = width - 1 - DisplayWidth.of(words) - "[]  ".count
        if let total, total > 0, room >= Self.barWidths.lowerBound {
            let length = min(room, Self.barWidths.upperBound)
            let filled = Int(Double(length) * min(1, Double(done) / Double(total)))
            let bar = String(repeating: "#", count: filled) + String(repeating: "-", count: length - filled)
            return "\(verb)  [\(bar)]  \(parts.joined(separator: "  "))"
        }
        return String(DisplayWidth.prefix(words, columns: max(0, width - 1)))
    }

    /// Seconds; nil before anything is done, and where nobody knows.
    private func remaining(rate: Double) -> Int? {
        guard let total, done > 0, done < total else { return nil }
        return Int(min((Double(total - done) / rate).rounded(.up), 1e9))
    }

    /// `617/s`, `2.5/s`.
    private static func text(rate: Double) -> String {
        let tenths = Int(min((rate * 10).rounded(), 1e12))
        return tenths < 100 ? "\(tenths / 10).\(tenths % 10)/s" : "\(CountText.grouped(tenths / 10))/s"
    }

    /// `9 s`, `2 min 05 s`, `3 h 20 min`.
    private static func text(seconds: Int) -> String {
        func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
        return switch seconds {
        case ..<60: "\(seconds) s"
        case ..<3600: "\(seconds / 60) min \(two(seconds % 60)) s"
        default: "\(seconds / 3600) h \(two(seconds % 3600 / 60)) min"
        }
    }
}
