import Database
import FoundationEssentials

/// How the requests of a batch become the arrays of one `unnest`.
struct BatchColumns<Request>: Sendable {
    struct Column: Sendable {
        let name: String
        let type: String
        let values: @Sendable ([Request]) -> SQLValue
    }

    let columns: [Column]

    init(_ columns: [Column]) {
        self.columns = columns
    }

    /// `unnest($1::text[], …) AS alias(event_type, …)`; the parameters begin at `$first`.
    func source(alias: String, first: Int = 1) -> String {
        let arrays = columns.enumerated().map { "$\($0.offset + first)::\($0.element.type)[]" }
        return "unnest(\(arrays.joined(separator: ", "))) AS \(alias)(\(columns.map(\.name).joined(separator: ", ")))"
    }

    /// `alias.event_type, …`
    func names(of alias: String) -> String {
        columns.map { "\(alias).\($0.name)" }.joined(separator: ", ")
    }

    func parameters(_ requests: [Request]) -> [SQLValue] {
        columns.map { $0.values(requests) }
    }
}

extension BatchColumns.Column {
    static func text(_ name: String, _ value: @escaping @Sendable (Request) -> String?) -> Self {
        Self(name: name, type: "text") { .texts($0.map(value)) }
    }

    static func integer(_ name: String, _ value: @escaping @Sendable (Request) -> Int?) -> Self {
        Self(name: name, type: "int8") { .integers($0.map { value($0).map(Int64.init) }) }
    }

    static func boolean(_ name: String, _ value: @escaping @Sendable (Request) -> Bool) -> Self {
        Self(name: name, type: "boolean") { .booleans($0.map(value)) }
    }

    static func bytes(_ name: String, _ value: @escaping @Sendable (Request) -> [UInt8]?) -> Self {
        Self(name: name, type: "bytea") { .byteStrings($0.map(value)) }
    }

    static func uuid(_ name: String, _ value: @escaping @Sendable (Request) -> UUID?) -> Self {
        Self(name: name, type: "uuid") { .uuids($0.map(value)) }
    }

    static func timestamp(_ name: String, _ value: @escaping @Sendable (Request) -> Date?) -> Self {
        Self(name: name, type: "timestamptz") { .timestamps($0.map(value)) }
    }

    static func jsonb(_ name: String, _ value: @escaping @Sendable (Request) -> String?) -> Self {
        Self(name: name, type: "jsonb") { .jsonbs($0.map(value)) }
    }

    /// Seconds, or milliseconds where the column's name says so.
    static func double(_ name: String, _ value: @escaping @Sendable (Request) -> Double?) -> Self {
        Self(name: name, type: "float8") { .doubles($0.map(value)) }
    }
}
