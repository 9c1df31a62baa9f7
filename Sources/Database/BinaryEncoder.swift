import FoundationEssentials

/// All parameters of one statement in one buffer, in the layout `PQsendQueryPrepared` wants.
struct BinaryParameters {
    private(set) var bytes: [UInt8] = []
    /// Where each value begins; nil is SQL NULL.
    private(set) var offsets: [Int?] = []
    private(set) var lengths: [Int32] = []
    private(set) var types: [UInt32] = []

    init(_ values: [SQLValue]) {
        for value in values { append(value) }
    }

    private mutating func append(_ value: SQLValue) {
        let start = bytes.count
        types.append(value.typeOID)
        if case .null = value {
            offsets.append(nil)
            lengths.append(0)
            return
        }
        encode(value)
        offsets.append(start)
        lengths.append(Int32(bytes.count - start))
    }

    private mutating func encode(_ value: SQLValue) {
        switch value {
        case .null: break
        case .text(let value): append(text: value)
        case .integer(let value): append(value)
        case .boolean(let value): append(value)
        case .double(let value): append(value.bitPattern)
        case .bytes(let value): bytes.append(contentsOf: value)
        case .uuid(let value): append(value)
        case .timestamp(let value): append(PostgresEpoch.microseconds(value))
        case .jsonb(let value): append(jsonb: value)
        case .texts(let values): appendArray(values, of: TypeOID.text) { $0.append(text: $1) }
        case .integers(let values): appendArray(values, of: TypeOID.int8) { $0.append($1) }
        case .booleans(let values): appendArray(values, of: TypeOID.boolean) { $0.append($1) }
        case .byteStrings(let values): appendArray(values, of: TypeOID.bytea) { $0.bytes.append(contentsOf: $1) }
        case .uuids(let values): appendArray(values, of: TypeOID.uuid) { $0.append($1) }
        case .timestamps(let values):
            appendArray(values, of: TypeOID.timestamptz) { $0.append(PostgresEpoch.microseconds($1)) }
        case .jsonbs(let values): appendArray(values, of: TypeOID.jsonb) { $0.append(jsonb: $1) }
        case .doubles(let values): appendArray(values, of: TypeOID.float8) { $0.append($1.bitPattern) }
        }
    }

    private mutating func append<Integer: FixedWidthInteger>(_ value: Integer) {
        withUnsafeBytes(of: value.bigEndian) { bytes.append(contentsOf: $0) }
    }

    private mutating func append(_ value: Bool) {
        bytes.append(value ? 1 : 0)
    }

    private mutating func append(_ value: UUID) {
        withUnsafeBytes(of: value.uuid) { bytes.append(contentsOf: $0) }
    }

    /// Postgres has no NUL in text (22021): it becomes U+FFFD, so that one hostile id cannot fail a batch.
    private mutating func append(text value: String) {
        guard value.utf8.contains(0) else { return bytes.append(contentsOf: value.utf8) }
        for byte in value.utf8 {
            if byte == 0 { bytes.append(contentsOf: [0xEF, 0xBF, 0xBD]) } else { bytes.append(byte) }
        }
    }

    /// The binary form of `jsonb` is its text behind a version byte.
    private mutating func append(jsonb value: String) {
        bytes.append(1)
        bytes.append(contentsOf: value.utf8)
    }

    /// `array_recv`: dimensions, null flag, element type, then length and lower bound, then each element.
    private mutating func appendArray<Element>(
        _ values: [Element?],
        of type: UInt32,
        append: (inout BinaryParameters, Element) -> Void
    ) {
        self.append(Int32(values.isEmpty ? 0 : 1))
        self.append(Int32(values.contains { $0 == nil } ? 1 : 0))
        self.append(type)
        guard !values.isEmpty else { return }
        self.append(Int32(values.count))
        self.append(Int32(1))
        for value in values {
            guard let value else {
                self.append(Int32(-1))
                continue
            }
            let lengthAt = bytes.count
            self.append(Int32(0))
            append(&self, value)
            let length = Int32(bytes.count - lengthAt - 4)
            withUnsafeBytes(of: length.bigEndian) { bytes.replaceSubrange(lengthAt..<lengthAt + 4, with: $0) }
        }
    }
}

extension SQLValue {
    var typeOID: UInt32 {
        switch self {
        case .null: 0
        case .text: TypeOID.text
        case .integer: TypeOID.int8
        case .boolean: TypeOID.boolean
        case .double: TypeOID.float8
        case .bytes: TypeOID.bytea
        case .uuid: TypeOID.uuid
        case .timestamp: TypeOID.timestamptz
        case .jsonb: TypeOID.jsonb
        case .texts: TypeOID.textArray
        case .integers: TypeOID.int8Array
        case .booleans: TypeOID.booleanArray
        case .byteStrings: TypeOID.byteaArray
        case .uuids: TypeOID.uuidArray
        case .timestamps: TypeOID.timestamptzArray
        case .jsonbs: TypeOID.jsonbArray
        case .doubles: TypeOID.float8Array
        }
    }
}
