import FoundationEssentials

extension IncomingMessage {
    /// When the publisher says it published, and whether it says so to the millisecond.
    public struct PublishTime: Sendable, Equatable {
        public let date: Date
        public let hasMilliseconds: Bool
    }

    /// The `timestamp` property, refined by the header `timestamp_in_ms` where both mean the same second (RabbitMQ's
    /// message timestamp plugin writes the two together); the header alone where there is no property. Nil where neither
    /// is a time before the year 10000: some publishers write milliseconds into the property.
    public var publishTime: PublishTime? {
        let seconds = timestamp.map(\.timeIntervalSince1970).flatMap(Self.plausible)
        let refined = headers["timestamp_in_ms"].flatMap { Int64($0) }.map { Double($0) / 1000 }.flatMap(Self.plausible)
        switch (seconds, refined) {
        case (let seconds?, let refined?) where abs(refined - seconds) < 2:
            return PublishTime(date: Date(timeIntervalSince1970: refined), hasMilliseconds: true)
        case (let seconds?, _):
            return PublishTime(date: Date(timeIntervalSince1970: seconds), hasMilliseconds: false)
        case (nil, let refined?):
            return PublishTime(date: Date(timeIntervalSince1970: refined), hasMilliseconds: true)
        case (nil, nil):
            return nil
        }
    }

    private static func plausible(_ seconds: Double) -> Double? {
        let endOfYear9999 = 253_402_300_800.0
        return seconds > 0 && seconds < endOfYear9999 ? seconds : nil
    }
}
