import FoundationEssentials

/// One bound parameter; it goes out in Postgres's binary format under its own type, so nothing needs quoting.
public enum SQLValue: Sendable, Equatable {
    case null
    case text(String)
    case integer(Int64)
    case boolean(Bool)
    case double(Double)
    case bytes([UInt8])
    case uuid(UUID)
    case timestamp(Date)
    case jsonb(String)
    case texts([String?])
    case integers([Int64?])
    case booleans([Bool?])
    case byteStrings([[UInt8]?])
    case uuids([UUID?])
    case timestamps([Date?])
    case jsonbs([String?])
    case doubles([Double?])
}

/// Object ids of the built-in types used here (`pg_type.dat`).
enum TypeOID {
    static let boolean: UInt32 = 16
    static let bytea: UInt32 = 17
    static let name: UInt32 = 19
    static let int8: UInt32 = 20
    static let int2: UInt32 = 21
    static let int4: UInt32 = 23
    static let text: UInt32 = 25
    static let json: UInt32 = 114
    static let float8: UInt32 = 701
    static let varchar: UInt32 = 1043
    static let timestamptz: UInt32 = 1184
    static let uuid: UInt32 = 2950
    static let jsonb: UInt32 = 3802
    static let booleanArray: UInt32 = 1000
    static let byteaArray: UInt32 = 1001
    static let textArray: UInt32 = 1009
    static let int8Array: UInt32 = 1016
    static let float8Array: UInt32 = 1022
    static let timestamptzArray: UInt32 = 1185
    static let uuidArray: UInt32 = 2951
    static let jsonbArray: UInt32 = 3807
}

/// Postgres counts its timestamps in microseconds from 2000-01-01 UTC.
enum PostgresEpoch {
    static let secondsAfter1970 = 946_684_800.0

    static func microseconds(_ date: Date) -> Int64 {
        let value = ((date.timeIntervalSince1970 - secondsAfter1970) * 1_000_000).rounded()
        // Beyond what the type holds the two infinities stand (datatype/timestamp.h).
        if value >= 9.2e18 { return Int64.max }
        if value <= -2.1e17 { return Int64.min }
        return Int64(value)
    }

    static func date(_ microseconds: Int64) -> Date {
        if microseconds == Int64.max { return .distantFuture }
        if microseconds == Int64.min { return .distantPast }
        return Date(timeIntervalSince1970: secondsAfter1970 + Double(microseconds) / 1_000_000)
    }
}
