import Tracing

/// A span's attributes in the order they were set, in one small array: a dozen short keys are found faster by looking
/// than by hashing.
public struct AttributeList: Sendable, Hashable {
    public struct Attribute: Sendable, Hashable {
        public let key: String
        public var value: AttributeValue

        public init(key: String, value: AttributeValue) {
            self.key = key
            self.value = value
        }
    }

    public private(set) var items: [Attribute] = []
    /// How many new keys came when the list was full.
    public private(set) var droppedCount = 0

    public init() {}

    public init(_ attributes: SpanAttributes, limits: SpanLimits = SpanLimits()) {
        replace(with: attributes, limits: limits)
    }

    public subscript(key: String) -> AttributeValue? {
        items.first { $0.key == key }?.value
    }

    /// Sets a new key or an old one's new value; a new key beyond the limit is counted and dropped, an empty one ignored.
    public mutating func set(_ key: String, _ value: AttributeValue, limits: SpanLimits = SpanLimits()) {
        if items.isEmpty { items.reserveCapacity(16) }
        if let index = items.firstIndex(where: { $0.key == key }) {
            items[index].value = value.limited(to: limits.attributeValueLength)
        } else if key.isEmpty {
            return
        } else if items.count >= limits.attributeCount {
            droppedCount += 1
        } else {
            items.append(Attribute(key: key, value: value.limited(to: limits.attributeValueLength)))
        }
    }

    /// Takes over what the tracing API's dictionary says; what stays keeps its place, new keys follow in their own order.
    mutating func replace(with attributes: SpanAttributes, limits: SpanLimits) {
        items.removeAll { attributes.get($0.key) == nil }
        var incoming: [Attribute] = []
        // The tracing API's type is no sequence.
        // swift-format-ignore: ReplaceForEachWithForLoop
        attributes.forEach { key, attribute in
            if let value = AttributeValue(attribute) { incoming.append(Attribute(key: key, value: value)) }
        }
        incoming.sort { $0.key < $1.key }
        for attribute in incoming { set(attribute.key, attribute.value, limits: limits) }
    }

    var spanAttributes: SpanAttributes {
        var attributes = SpanAttributes()
        for item in items { attributes.set(item.key, value: item.value.spanAttribute) }
        return attributes
    }
}

/// How much one span may hold; what is beyond is dropped and counted on the span.
public struct SpanLimits: Sendable, Hashable {
    /// OpenTelemetry's defaults for a span's attributes, events and links, and an event's or link's attributes.
    public var attributeCount = 128
    public var eventCount = 128
    public var linkCount = 128
    public var attributeCountPerEvent = 128
    /// In UTF-8 bytes. The standard sets none; this one keeps a queue full of spans within some megabytes.
    public var attributeValueLength = 4096

    public init() {}

    /// The same for what hangs on one event or link.
    var ofEvent: SpanLimits {
        var limits = self
        limits.attributeCount = attributeCountPerEvent
        return limits
    }
}
