/// Two of a kind (replicas, channels, broker copies): no heap, so that millions of states stay cheap.
struct Pair<Element: Hashable & Sendable>: Hashable, Sendable {
    var first: Element
    var second: Element

    init(_ both: Element) {
        self.init(both, both)
    }

    init(_ first: Element, _ second: Element) {
        self.first = first
        self.second = second
    }

    subscript(place: Int) -> Element {
        get { place == 0 ? first : second }
        set {
            if place == 0 { first = newValue } else { second = newValue }
        }
    }

    mutating func swap() {
        self = Pair(second, first)
    }

    func contains(_ condition: (Element) -> Bool) -> Bool {
        condition(first) || condition(second)
    }
}
