import Broker
import DomainEvents
import FoundationEssentials
import Pipeline
import Senders
import Telemetry

extension ConfigurationType {
    /// Turns a text into a value.
    ///
    /// - Throws: `InvalidValue` whose detail, where it has one, says more than `expectation` does.
    func parse(_ text: String) throws(InvalidValue) -> ConfigurationValue {
        guard text.unicodeScalars.allSatisfy({ $0.properties.generalCategory != .control }) else {
            throw InvalidValue("it has a control character or a line break")
        }
        switch self {
        case .text, .path: return .text(text)
        case .boolean: return .boolean(try Self.require(Self.boolean(text)))
        case .integer(let range): return .integer(try Self.integer(text, range))
        case .rate: return .rate(try Self.require(Double(text).flatMap { $0 > 0 && $0 <= 1_000_000 ? $0 : nil }))
        case .duration(let range): return .duration(try Self.duration(text, range))
        case .seconds(let range):
            let duration = try Self.duration(text, .seconds(range.lowerBound) ... .seconds(range.upperBound))
            return .duration(try Self.require(duration.components.attoseconds == 0 ? duration : nil))
        case .durations(let range): return .durations(try Self.durations(text, range))
        case .choice(let choices): return .text(try Self.require(choices.contains(text) ? text : nil))
        case .names: return .list(try Self.list(text, each: ProviderName.isWellFormed))
        case .hostName: return .text(try Self.require(HostName.isWellFormed(text) ? text : nil))
        case .hosts: return .list(try Self.list(text, each: HostName.isWellFormed).map { $0.lowercased() })
        case .recipients: return .list(try Self.list(text, each: Self.isRecipientPattern))
        case .phone: return .text(try Self.require(Self.isSMSSender(text) ? text : nil))
        case .mailbox: return .mailbox(try Self.mailbox(text))
        case .address: return .mailbox(try Self.mailbox(try Self.require(EmailAddress(text)).value))
        case .brokerURLs: return .brokers(try Self.brokers(text))
        case .databaseURL: return .text(try Self.databaseURL(text))
        case .smtpURL: return .smtp(try SMTPURL(text))
        case .httpURL: return .text(try Self.httpURL(text))
        case .linkTemplate: return .text(try Self.linkTemplate(text))
        case .bytes(let range): return .bytes(try Self.bytes(text, range))
        case .listen: return .listen(text == "off" ? nil : try ListenAddress(text))
        case .levels: return .levels(try Self.levels(text))
        case .locale: return .text(try Self.require(LocaleTag(text)).value)
        case .timezone: return .text(try Self.require(Self.isTimeZone(text) ? text : nil))
        case .brokerName: return .text(try Self.require((1...255).contains(text.utf8.count) ? text : nil))
        case .identifier: return .text(try Self.require(Self.isIdentifier(text) ? text : nil))
        }
    }

    private static func require<Value>(_ value: Value?) throws(InvalidValue) -> Value {
        guard let value else { throw InvalidValue() }
        return value
    }

    /// In each of the spellings that YAML has for them (1.2, core schema).
    private static func boolean(_ text: String) -> Bool? {
        switch text {
        case "true", "True", "TRUE": true
        case "false", "False", "FALSE": false
        default: nil
        }
    }

    private static func integer(_ text: String, _ range: ClosedRange<Int>) throws(InvalidValue) -> Int {
        try require(Int(text).flatMap { range.contains($0) ? $0 : nil })
    }

    private static func duration(_ text: String, _ range: ClosedRange<Duration>) throws(InvalidValue) -> Duration {
        guard let duration = DurationText.parse(text) else {
            throw InvalidValue(Int(text) == nil ? nil : "a unit is missing: \(text)s, \(text)ms or \(text)m")
        }
        return try require(range.contains(duration) ? duration : nil)
    }

    private static func durations(_ text: String, _ range: ClosedRange<Duration>) throws(InvalidValue) -> [Duration] {
        var durations: [Duration] = []
        for item in ListText.items(text) {
            durations.append(try duration(item, range))
        }
        guard durations.count <= 20 else { throw InvalidValue("it has more than 20 items") }
        return durations
    }

    private static func list(_ text: String, each: (String) -> Bool) throws(InvalidValue) -> [String] {
        let items = ListText.items(text)
        guard !items.isEmpty else { throw InvalidValue("it is empty") }
        if let bad = items.first(where: { !each($0) }) { throw InvalidValue("see the item \(bad)") }
        var seen: Set<String> = []
        if let twice = items.first(where: { !seen.insert($0).inserted }) {
            throw InvalidValue("\(twice) is there twice")
        }
        return items
    }

    private static func mailbox(_ text: String) throws(InvalidValue) -> Mailbox {
        do {
            return try Mailbox(parsing: text)
        } catch {
            throw InvalidValue(error.description)
        }
    }

    /// The nodes of a cluster; at least one.
    private static func brokers(_ text: String) throws(InvalidValue) -> [BrokerNode] {
        let nodes: [BrokerNode]
        do {
            nodes = try BrokerURL.nodes(in: text)
        } catch {
            throw InvalidValue(error.message)
        }
        guard nodes.allSatisfy({ HostName.isWellFormed($0.host) }) else {
            throw InvalidValue("a host is not well-formed")
        }
        return nodes
    }

    private static func levels(_ text: String) throws(InvalidValue) -> LogLevels {
        do {
            return try LogLevels(parsing: text, components: LogComponent.names)
        } catch {
            throw InvalidValue(error.description)
        }
    }

    private static func databaseURL(_ text: String) throws(InvalidValue) -> String {
        _ = try PostgresURI(try URLParts(text))
        return text
    }

    private static func httpURL(_ text: String) throws(InvalidValue) -> String {
        let url = try URLParts(text)
        guard ["http", "https"].contains(url.scheme) else {
            throw InvalidValue("its scheme is not https:// or http://")
        }
        guard url.username == nil, url.query.isEmpty else { throw InvalidValue("it has a user name or a query") }
        guard url.hosts.count == 1, HostName.isWellFormed(url.hosts[0].name) else {
            throw InvalidValue("it has no well-formed host")
        }
        return text.hasSuffix("/") ? String(text.dropLast()) : text
    }

    private static func linkTemplate(_ text: String) throws(InvalidValue) -> String {
        guard text.contains("{token}") else { throw InvalidValue("{token} is missing") }
        let url = try URLParts(text.replacing("{token}", with: "token"))
        guard url.scheme == "https" else { throw InvalidValue("its scheme is not https://") }
        guard url.username == nil, url.hosts.count == 1, HostName.isWellFormed(url.hosts[0].name) else {
            throw InvalidValue("it has no well-formed host")
        }
        return text
    }

    private static func bytes(_ text: String, _ range: ClosedRange<Int>) throws(InvalidValue) -> [UInt8] {
        guard let data = Data(base64Encoded: text) else { throw InvalidValue("it is no base64") }
        guard range.contains(data.count) else { throw InvalidValue("it is \(data.count) bytes") }
        return Array(data)
    }

    /// `*` and a closing `…` stand for any characters; the rest is what addresses and phone numbers are made of.
    private static func isRecipientPattern(_ text: String) -> Bool {
        guard text.utf8.count <= 254, text.unicodeScalars.allSatisfy({ $0.value > 0x20 && $0 != "," }) else {
            return false
        }
        let number = text.hasSuffix("…") ? text.dropLast() : text[...]
        return text == "*" || text.contains("@")
            || (number.hasPrefix("+") && number.dropFirst().allSatisfy { $0.isASCII && ($0.isNumber || $0 == "*") })
    }

    /// E.164, a short code, or an alphanumeric sender id.
    private static func isSMSSender(_ text: String) -> Bool {
        let digits = text.hasPrefix("+") ? text.dropFirst() : text[...]
        if !digits.isEmpty, digits.allSatisfy({ $0.isASCII && $0.isNumber }) {
            return text.hasPrefix("+")
                ? (7...15).contains(digits.count) && digits.first != "0" : (3...8).contains(digits.count)
        }
        return (1...11).contains(text.count)
            && text.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == " ") }
            && text.contains { $0.isLetter }
    }

    /// A name of the tz database that this machine knows.
    private static func isTimeZone(_ text: String) -> Bool {
        TimeZoneName(text).flatMap { TimeZone(identifier: $0.value) } != nil
    }

    private static func isIdentifier(_ text: String) -> Bool {
        guard let first = text.first, !first.isNumber, text.utf8.count <= 63, !text.hasPrefix("pg_") else {
            return false
        }
        return text.allSatisfy { $0.isASCII && ($0.isLowercase || $0.isNumber || $0 == "_") }
    }
}
