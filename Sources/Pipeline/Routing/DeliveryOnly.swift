import DomainEvents

/// `delivery.only`: the recipients a staging system may reach; all others end `suppressed`.
public struct DeliveryOnly: Sendable, Equatable {
    private let patterns: [String]

    /// A pattern is an address, or one with `*` for any run of characters; a closing `…` is a `*`. Case does not count.
    public init(patterns: [String]) {
        self.patterns = patterns.map { pattern in
            let lower = pattern.lowercased()
            return lower.hasSuffix("…") ? lower.dropLast() + "*" : lower
        }
    }

    /// Reads the configuration's comma-separated list.
    public init(_ list: String) {
        let patterns = list.split(separator: ",").map { item in
            String(item.drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
        }
        self.init(patterns: patterns.filter { !$0.isEmpty })
    }

    /// Why nothing may go to an address; nil where it may.
    public func reason(against address: DeliveryAddress) -> RoutingReason? {
        let text = Array(address.normalized.unicodeScalars)
        guard !patterns.contains(where: { Self.matches(Array($0.unicodeScalars), text) }) else { return nil }
        return RoutingReason(.deliveryOnly, "delivery.only does not allow this \(address.channel.rawValue) recipient")
    }

    /// Greedy with one point of return: linear in practice, never exponential.
    private static func matches(_ pattern: [Unicode.Scalar], _ text: [Unicode.Scalar]) -> Bool {
        var position = 0
        var index = 0
        var star: (pattern: Int, text: Int)?
        while index < text.count {
            if position < pattern.count, pattern[position] == "*" {
                star = (position, index)
                position += 1
            } else if position < pattern.count, pattern[position] == text[index] {
                position += 1
                index += 1
            } else if let last = star {
                star = (last.pattern, last.text + 1)
                position = last.pattern + 1
                index = last.text + 1
            } else {
                return false
            }
        }
        return pattern[position...].allSatisfy { $0 == "*" }
    }
}
